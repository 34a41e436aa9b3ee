using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serverless.FunctionsHost;

const string Usage = """
    Runs a function app as the Azure Functions host does: an isolated worker or a custom handler, from its build output or published files.

    Usage: dotnet FunctionsHost.dll --app FOLDER [options]

      --app FOLDER        the folder that holds host.json
      --port PORT         default 7071, at localhost
      --urls URL          the whole address, such as http://127.0.0.1:7071
      --host-key KEY      the key that is valid for every function; default a random one
      --master-key KEY    the key for /admin and functions of the level admin; default a random one
      --help, -h          prints this help
    """;

var given = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (args[i] is not ("--app" or "--port" or "--urls" or "--host-key" or "--master-key") || i + 1 == args.Length)
    {
        Console.WriteLine(Usage);
        return args[i] is "--help" or "-h" ? 0 : 2;
    }

    given[args[i]] = args[i + 1];
}

if (!given.TryGetValue("--app", out var app))
{
    Console.WriteLine(Usage);
    return 2;
}

var stop = new TaskCompletionSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    await using var host = await FunctionsHostApp.StartAsync(new FunctionsHostOptions
    {
        Root = app,
        Url = given.GetValueOrDefault("--urls") ?? $"http://localhost:{given.GetValueOrDefault("--port") ?? "7071"}",
        HostKey = given.GetValueOrDefault("--host-key"),
        MasterKey = given.GetValueOrDefault("--master-key"),
        Output = Console.WriteLine,
    });
    await Task.WhenAny(host.WhenReady, host.WhenFailed, stop.Task);
    if (host.WhenReady is { IsCompletedSuccessfully: true, Result: true })
    {
        Console.WriteLine(host.Describe(showKeys: !given.ContainsKey("--host-key")));
    }

    return await Task.WhenAny(host.WhenFailed, stop.Task) == stop.Task ? 0 : 1;
}
catch (Exception e) when (e is InvalidDataException or IOException or JsonException or NotSupportedException or Win32Exception)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}
