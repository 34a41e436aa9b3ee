// Measures the function app as it is deployed: the cold start, from a process's start to its first answered upstream call, and the processor
// time of a call afterwards.
//
//   dotnet run bench/cold-start.cs [-- --runs 10 --calls 3000]
//
// It publishes src/Functions (ReadyToRun) and runs it three ways: as a plain ASP.NET Core program, which is what a custom handler is, and as an
// isolated worker of the stand-in for the Functions host, in both HTTP modes. All figures are of the app's own process; the host's part is not in
// them. A cold start ends with a signed 'connected' event, tried again every few milliseconds. The later calls are the same event, which runs the hub.
#:property PublishAot=false

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

const string AccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"; // used only by this measurement
const string ConnectionId = "cold-start";
const string Connected = """{"type":10}""";

var root = Path.GetDirectoryName((string)AppContext.GetData("EntryPointFileDirectoryPath")!)!;
var runs = Option("--runs", 10);
var calls = Option("--calls", 3000);
var ticksPerSecond = 100.0; // of /proc, on every Linux of this century

var folder = Directory.CreateTempSubdirectory("cold-start-");
try
{
    var app = Path.Combine(folder.FullName, "app");
    Publish(Path.Combine("src", "Functions"), app, "-r", "linux-x64");
    Publish(Path.Combine("tools", "FunctionsHost"), Path.Combine(folder.FullName, "host"));
    var host = Path.Combine(folder.FullName, "host", "FunctionsHost.dll");

    Console.WriteLine("| the app runs as | first answered call | processor time until then | processor time of a later call |");
    Console.WriteLine("|---|---|---|---|");
    foreach (var (name, isolated, mode) in new[]
    {
        ("a custom handler, or any ASP.NET Core app", false, ""),
        ("an isolated worker, built-in HTTP", true, "BuiltIn"),
        ("an isolated worker, ASP.NET Core", true, "AspNetCore"),
    })
    {
        List<double> wall = [], cpu = [], later = [];
        for (var run = -1; run < runs; run++)
        {
            var figures = await MeasureAsync(isolated ? host : null, app, mode);
            if (run >= 0) // run -1 only loads the files into memory
            {
                wall.Add(figures.Wall);
                cpu.Add(figures.Cpu);
                later.Add(figures.Call);
            }
        }

        Console.WriteLine($"| {name} | {Quantiles(wall, "0")} ms | {Quantiles(cpu, "0")} ms | {Quantiles(later, "0")} µs |");
    }
}
finally
{
    folder.Delete(recursive: true);
}

int Option(string name, int byDefault)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? byDefault : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}

void Publish(string project, string output, params string[] options)
{
    using var publish = Process.Start(new ProcessStartInfo(
        "dotnet", ["publish", Path.Combine(root, project), "-c", "Release", "-o", output, "-v", "quiet", "-nologo", .. options])
    {
        RedirectStandardOutput = true,
    })!;
    var text = publish.StandardOutput.ReadToEnd();
    publish.WaitForExit();
    if (publish.ExitCode != 0)
    {
        throw new InvalidOperationException(text);
    }
}

async Task<(double Wall, double Cpu, double Call)> MeasureAsync(string? host, string app, string mode)
{
    var port = FreePort();
    var url = $"http://127.0.0.1:{port}";
    var start = host is null
        ? new ProcessStartInfo("dotnet", [Path.Combine(app, "Functions.dll"), "--urls", url])
        : new ProcessStartInfo("dotnet", [host, "--app", app, "--urls", url]);
    start.WorkingDirectory = app;
    start.RedirectStandardOutput = true;
    start.RedirectStandardError = true;
    start.Environment["AzureSignalRConnectionString"] = $"Endpoint=http://localhost;Port=8888;AccessKey={AccessKey};Version=1.0;";
    start.Environment["ChatHttpMode"] = mode;
    using var process = Process.Start(start)!;
    process.OutputDataReceived += (_, _) => { };
    process.ErrorDataReceived += (_, _) => { };
    process.BeginOutputReadLine();
    process.BeginErrorReadLine();
    try
    {
        using var http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(10) };
        var answered = await FirstAnswerAsync(http, process);
        var worker = host is null ? process.Id : ChildOf(process.Id);
        var (started, cpu) = Read(worker);
        var wall = answered - started;

        for (var i = 0; i < calls; i++)
        {
            await CallAsync(http); // optimizes the code
        }

        var before = Read(worker).Cpu;
        for (var i = 0; i < calls; i++)
        {
            await CallAsync(http);
        }

        return (wall * 1000, cpu * 1000, (Read(worker).Cpu - before) / calls * 1e6);
    }
    finally
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }
}

// Returns the seconds since the machine's start.
static async Task<double> FirstAnswerAsync(HttpClient http, Process process)
{
    for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited; await Task.Delay(3))
    {
        try
        {
            await CallAsync(http);
            return Environment.TickCount64 / 1000.0;
        }
        catch (HttpRequestException)
        {
            // Not listening yet, or the host still starts its worker.
        }
    }

    throw new InvalidOperationException("The function app does not answer.");
}

static async Task CallAsync(HttpClient http)
{
    var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AccessKey), Encoding.UTF8.GetBytes(ConnectionId)));
    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/upstream/chat/connections/connected")
    {
        Content = new StringContent(Connected, Encoding.UTF8, "application/json"),
        Headers =
        {
            { "X-ASRS-Hub", "chat" },
            { "X-ASRS-Category", "connections" },
            { "X-ASRS-Event", "connected" },
            { "X-ASRS-Connection-Id", ConnectionId },
            { "X-ASRS-User-Id", "ann" },
            { "X-ASRS-Signature", $"sha256={signature}" },
        },
    };
    using var response = await http.SendAsync(request);
    response.EnsureSuccessStatusCode();
    _ = await response.Content.ReadAsByteArrayAsync();
}

// The start of a process in seconds since the machine's start, and its processor time in seconds: fields 22, 14 and 15 of /proc/ID/stat.
(double Started, double Cpu) Read(int process)
{
    var fields = File.ReadAllText($"/proc/{process}/stat").Split(") ", 2)[1].Split(' ');
    return (Ticks(19), Ticks(11) + Ticks(12));

    double Ticks(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture) / ticksPerSecond;
}

static int ChildOf(int process) => int.Parse(
    File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var child, ..] ? child : Children(process),
    CultureInfo.InvariantCulture);

// A child belongs to the thread that started it.
static string Children(int process) => Directory.EnumerateDirectories($"/proc/{process}/task")
    .Select(static thread => File.ReadAllText(Path.Combine(thread, "children")).Trim())
    .First(static children => children.Length > 0).Split(' ')[0];

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
        $"{values[values.Count / 2].ToString(format, CultureInfo.InvariantCulture)} ({values[0].ToString(format, CultureInfo.InvariantCulture)} to {values[^1].ToString(format, CultureInfo.InvariantCulture)})");
}
