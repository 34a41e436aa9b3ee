using Serverless.Load;

if (!OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
{
    Console.Error.WriteLine("The load generator talks to Linux on x64 directly and runs nowhere else.");
    return 2;
}

if (args is ["upstream"])
{
    UpstreamProcess.Serve();
    return 0;
}

if (args is ["--help" or "-h"])
{
    Console.WriteLine(BenchOptions.Usage);
    return 0;
}

try
{
    return Bench.Run(BenchOptions.Parse(args)) ? 0 : 1;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}
catch (Exception exception) when (exception is InvalidOperationException or FileNotFoundException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
