// Measures the app's part of a cold start: from the process start of the published function app to its first answered upstream call.
//
//   dotnet run bench/cold-start.cs [-- --runs 20 --only ReadyToRun|Native]
//
// It publishes src/Functions as it is deployed, ReadyToRun and Native AOT, and starts each as the Functions host would, with a port of its own.
// The call is a signed 'connected' event over a connection that is retried every millisecond. Native AOT needs a C compiler.
#:property PublishAot=false

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

const string AccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"; // used only by this measurement
const string ConnectionId = "cold-start";

var root = Path.GetDirectoryName((string)AppContext.GetData("EntryPointFileDirectoryPath")!)!;
var runs = Option("--runs") is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : 20;

Console.WriteLine("| published as | files | zipped | process start to first answered upstream call | later call |");
Console.WriteLine("|---|---|---|---|---|");
foreach (var variant in new[] { "ReadyToRun", "Native" })
{
    if (Option("--only") is null || Option("--only") == variant)
    {
        Console.WriteLine(Measure(variant));
    }
}

string Measure(string variant)
{
    var folder = Directory.CreateTempSubdirectory("cold-start-");
    try
    {
        var app = Path.Combine(folder.FullName, "app");
        var zip = Path.Combine(folder.FullName, "functions.zip");
        Publish(variant, app, zip);
        List<double> first = [], later = [];
        for (var run = -1; run < runs; run++)
        {
            var (cold, warm) = Start(Path.Combine(app, "Functions"));
            if (run >= 0) // run -1 only loads the files into memory
            {
                first.Add(cold);
                later.Add(warm);
            }
        }

        var files = Directory.EnumerateFiles(app, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".dbg", StringComparison.Ordinal)).Sum(file => new FileInfo(file).Length);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {variant} | {files / 1e6:0} MB | {new FileInfo(zip).Length / 1e6:0} MB | {Quantiles(first, "0")} | {Quantiles(later, "0.0")} |");
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}

void Publish(string variant, string app, string zip)
{
    string[] native = variant == "Native" ? ["-p:Native=true"] : ["-p:Native=false"];
    using var publish = Process.Start(new ProcessStartInfo(
        "dotnet", ["publish", Path.Combine(root, "src", "Functions"), "-c", "Release", "-r", "linux-x64", "-o", app, $"-p:FunctionsZip={zip}", "-v", "quiet", "-nologo", .. native])
    {
        RedirectStandardOutput = true,
    })!;
    var output = publish.StandardOutput.ReadToEnd();
    publish.WaitForExit();
    if (publish.ExitCode != 0)
    {
        throw new InvalidOperationException(output);
    }
}

// Returns the milliseconds to the first response, and those of a later call.
static (double First, double Later) Start(string program)
{
    var port = FreePort();
    var start = new ProcessStartInfo(program)
    {
        WorkingDirectory = Path.GetDirectoryName(program),
        RedirectStandardOutput = true,
        Environment =
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["AzureSignalRConnectionString"] = $"Endpoint=http://localhost;Port=8888;AccessKey={AccessKey};Version=1.0;",
            ["DOTNET_ROOT"] = "/nowhere",
        },
    };
    var clock = Stopwatch.StartNew();
    using var process = Process.Start(start)!;
    process.OutputDataReceived += (_, _) => { };
    process.BeginOutputReadLine();
    try
    {
        using var socket = Connect(process, port);
        Call(socket, port);
        var first = clock.Elapsed.TotalMilliseconds;
        for (var i = 0; i < 10; i++)
        {
            Call(socket, port);
        }

        clock.Restart();
        Call(socket, port);
        return (first, clock.Elapsed.TotalMilliseconds);
    }
    finally
    {
        process.Kill();
        process.WaitForExit();
    }
}

static Socket Connect(Process process, int port)
{
    for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited; Thread.Sleep(1))
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
    }

    throw new InvalidOperationException("The function app is not listening.");
}

static void Call(Socket socket, int port)
{
    var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AccessKey), Encoding.UTF8.GetBytes(ConnectionId)));
    socket.Send(Encoding.ASCII.GetBytes(
        $"POST /api/upstream/chat/connections/connected HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"
        + $"X-ASRS-Hub: chat\r\nX-ASRS-Category: connections\r\nX-ASRS-Event: connected\r\nX-ASRS-Connection-Id: {ConnectionId}\r\nX-ASRS-User-Id: ann\r\n"
        + $"X-ASRS-Signature: sha256={signature}\r\n\r\n{{\"type\":10}}"));
    var buffer = new byte[4096];
    var answer = Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
    {
        throw new InvalidOperationException(answer);
    }
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

static string Quantiles(List<double> values, string format)
{
    values.Sort();
    return string.Create(CultureInfo.InvariantCulture,
        $"{values[values.Count / 2].ToString(format, CultureInfo.InvariantCulture)} ms ({values[0].ToString(format, CultureInfo.InvariantCulture)} to {values[^1].ToString(format, CultureInfo.InvariantCulture)})");
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
