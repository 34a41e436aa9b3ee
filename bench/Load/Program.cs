using System.Runtime.InteropServices;
using Serverless.Load;
using Serverless.Load.Scale;

if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
{
    Console.Error.WriteLine("The load generator talks to Linux on x64 directly and runs nowhere else.");
    return 2;
}

if (args is ["upstream"])
{
    UpstreamProcess.Serve();
    return 0;
}

var usage = args is ["scale", ..] ? ScaleOptions.Usage : BenchOptions.Usage;
if (args is [.., "--help" or "-h"])
{
    Console.WriteLine(usage);
    return 0;
}

// Since .NET 10 a signal ends a process without cleanup; the server under test must end with this process.
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static _ => Environment.Exit(143));
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, static _ => Environment.Exit(130));
try
{
    var isGood = args switch
    {
        ["steady", ..] => Steady.Run(args.AsSpan(1)),
        ["scale", ..] => ScaleBench.Run(ScaleOptions.Parse(args.AsSpan(1))),
        _ => Bench.Run(BenchOptions.Parse(args)),
    };
    return isGood ? 0 : 1;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine(usage);
    return 2;
}
catch (Exception exception) when (exception is InvalidOperationException or FileNotFoundException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
