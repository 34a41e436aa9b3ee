// Starts the gateway and the function app with the chat page:
//
//   dotnet run start.cs [-- --watch --func --tables --gateway-port 8888 --functions-port 7071 --tables-port 10002]
//
// The function app runs as an isolated worker of tools/FunctionsHost, a stand-in for the Azure Functions host.
//
// --func    runs it in the host itself, by the Azure Functions Core Tools.
// --watch   a saved change of the function app takes effect after a rebuild (dotnet watch, without hot reload: the list of a hub's
//           methods is built when the app starts). The app then runs by itself, as dotnet run --project src/Functions starts it.
// --tables  keeps membership: starts Azurite, with its data in .azurite, for the gateway.
//
// All code is in one file, as it has to run before any project of the repository is built.
//
// It needs the .NET SDK, and npm once, for the pages' libraries and Azurite. Ctrl-C stops everything within two seconds.
#:property AllowUnsafeBlocks=true
#:property PublishAot=false

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

const string StorageKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="; // Azurite's, the same everywhere
const string AccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"; // the local emulator's, which the gateway accepts in Development

const string Usage = """
    Starts the gateway and the function app with the chat page.

    Usage: dotnet run start.cs [-- [options]]

      --func                  runs the function app by the Azure Functions Core Tools, instead of the stand-in for the host
      --watch                 a saved change of the function app takes effect after a rebuild; the app runs without a host
      --tables                keeps membership: starts Azurite, with its data in .azurite
      --gateway-port PORT     default 8888
      --functions-port PORT   default 7071
      --tables-port PORT      default 10002
      --help, -h              prints this help

    It needs the .NET 10 SDK and npm. Ctrl-C stops everything.
    """;

// ProcessPath is that of the built program; the folder of this file is the repository.
var root = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
var inBackground = Signals.TakeInterrupt();
using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

List<Server> servers = [];
try
{
    CheckOptions();
    if (args.Contains("--help") || args.Contains("-h"))
    {
        Say(Usage);
        return 0;
    }

    var gatewayPort = Option("--gateway-port", 8888);
    var functionsPort = Option("--functions-port", 7071);
    var gatewayUrl = $"http://localhost:{gatewayPort}";
    var functionsUrl = $"http://localhost:{functionsPort}";
    var connectionString = $"Endpoint=http://localhost;Port={gatewayPort};AccessKey={AccessKey};Version=1.0;";

    var watch = args.Contains("--watch");
    var func = args.Contains("--func");
    var tables = args.Contains("--tables");
    var tablesPort = Option("--tables-port", 10002);

    if (func)
    {
        await CheckCoreToolsAsync(watch);
    }

    CheckPort(gatewayPort, "gateway", "--gateway-port");
    CheckPort(functionsPort, "function app", "--functions-port");
    if (tables)
    {
        CheckPort(tablesPort, "Azurite", "--tables-port");
    }

    await FetchPackagesAsync(Path.Combine("src", "Functions"), "the chat page");
    await FetchPackagesAsync(Path.Combine("src", "Gateway"), "the dashboard");
    if (tables)
    {
        await FetchPackagesAsync(Path.Combine("tests", "Support", "Azurite"), "Azurite");
    }

    await BuildAsync(Path.Combine("src", "Gateway"));
    await BuildAsync(Path.Combine("src", "Functions"));
    if (!watch && !func)
    {
        await BuildAsync(Path.Combine("tools", "FunctionsHost"));
    }

    if (tables)
    {
        var azurite = Server.Start("azurite", ConsoleColor.Yellow, "node", Azurite(tablesPort), root, [], stopsLast: true);
        servers.Add(azurite);
        await WithProgressAsync(
            azurite.WaitUntilAsync($"http://127.0.0.1:{tablesPort}/", HttpStatusCode.BadRequest, servers, stopping.Token), "Azurite is still starting");
    }

    var gateway = Server.Start("gateway", ConsoleColor.Cyan, "dotnet", [Program("Gateway"), "--urls", gatewayUrl], Folder("Gateway"), new()
    {
        ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{functionsUrl}/api/upstream/{{hub}}/{{category}}/{{event}}",
        ["Gateway__Nodes__DrainTime"] = "00:00:00.5", // clients reconnect by themselves, and the user waits for the end
        ["Gateway__Tables"] = tables ? TablesConnectionString(tablesPort) : Environment.GetEnvironmentVariable("Gateway__Tables"),
    });
    string[] run = watch
        ? ["watch", "--non-interactive", "--no-hot-reload", "--project", Path.Combine(root, "src", "Functions"), "run", "--no-launch-profile", "--urls", functionsUrl]
        : func ? ["start", "--no-build", "--port", $"{functionsPort}"]
        : [Path.Combine(root, "tools", "FunctionsHost", "bin", "Debug", "net10.0", "FunctionsHost.dll"), "--app", Folder("Functions"), "--urls", functionsUrl];
    servers.Add(gateway);
    var functions = Server.Start("function app", ConsoleColor.Magenta, func ? "func" : "dotnet", run, Folder("Functions"), new()
    {
        ["AzureSignalRConnectionString"] = connectionString,
        ["AzureWebJobsStorage"] = func ? Environment.GetEnvironmentVariable("AzureWebJobsStorage") : "", // no queue to read
        ["DOTNET_WATCH_RESTART_ON_RUDE_EDIT"] = "true",
        ["DOTNET_WATCH_SUPPRESS_EMOJIS"] = "true",
    });
    servers.Add(functions);
    await WithProgressAsync(gateway.WaitUntilAsync($"{gatewayUrl}/api/health", HttpStatusCode.OK, servers, stopping.Token), "the gateway is still starting");
    await WithProgressAsync(functions.WaitUntilAsync($"{functionsUrl}/api/", HttpStatusCode.OK, servers, stopping.Token), "the function app is still starting");

    Say($"""

        Everything is running.

          Chat page          {functionsUrl}/api/
          Dashboard          {gatewayUrl}/dashboard/
          Gateway            {gatewayUrl}          (health: {gatewayUrl}/api/health)
          Connection string  {connectionString}
          Membership         {(tables ? "kept by Azurite, in .azurite" : "kept in memory; --tables keeps it")}

        Try next
          1. Open the chat page in two browser tabs, with two names, and talk; watch the messages travel on the dashboard.
          2. Change a hub method in src/Functions/Chatting/Chat.cs and {(watch ? "save it: the function app starts again with it" : "start again (or start with --watch)")}.
          3. Run the two in terminals of their own (dotnet run --project src/Gateway, dotnet run --project src/Functions),
             stop one of them, and see what the page says.
          4. Give the connection string to an app that uses Azure SignalR Service in serverless mode.

        Ctrl-C stops {(tables ? "all" : "both")}.{(inBackground ? $" In the background of a shell that keeps Ctrl-C to itself: kill {Environment.ProcessId}" : "")}

        """);

    await Task.WhenAny([.. servers.Select(server => server.Ended), Task.Delay(Timeout.Infinite, stopping.Token)]);
    if (!stopping.IsCancellationRequested)
    {
        var dead = servers.First(server => server.Ended.IsCompleted);
        var others = string.Join(" and the ", servers.Where(server => server != dead).Select(server => server.Name));
        throw new StartException($"The {dead.Name} ended unexpectedly with code {await dead.Ended}; its last lines are above. The {others} was stopped.");
    }

    Say("Stopping ...");
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    Say("Stopping ...");
}
catch (StartException problem)
{
    Console.Error.WriteLine();
    Console.Error.WriteLine(problem.Message);
    return 1;
}
finally
{
    await Server.StopAsync(servers);
}

Say("Stopped.");
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true; // this program ends after the two programs
    stopping.Cancel();
}

void CheckOptions()
{
    string[] switches = ["--watch", "--func", "--tables", "--help", "-h"];
    string[] ports = ["--gateway-port", "--functions-port", "--tables-port"];
    for (var i = 0; i < args.Length; i++)
    {
        if (ports.Contains(args[i]))
        {
            i++; // its value, which Option checks
        }
        else if (!switches.Contains(args[i]))
        {
            throw new StartException($"""
                {args[i]} is not an option of start.cs.
                The options are {string.Join(", ", switches.Concat(ports))}: dotnet run start.cs -- --help says more.
                """);
        }
    }
}

int Option(string name, int byDefault)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? byDefault
        : at + 1 < args.Length && int.TryParse(args[at + 1], out var port) && port is > 0 and < 65536 ? port
        : throw new StartException($"{name} needs a port number, such as {byDefault}.");
}

string Folder(string name) => Path.Combine(root, "src", name, "bin", "Debug", "net10.0");

string Program(string name) => Path.Combine(Folder(name), name + ".dll");

string[] Azurite(int port) =>
[
    Path.Combine(root, "tests", "Support", "Azurite", "node_modules", "azurite", "dist", "src", "table", "main.js"),
    "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--tableHost", "127.0.0.1", "--tablePort", $"{port}",
    "--location", Path.Combine(root, ".azurite"),
];

// UseDevelopmentStorage=true has the same meaning, but only for port 10002.
static string TablesConnectionString(int port) =>
    $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={StorageKey};TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";

async Task FetchPackagesAsync(string folder, string user)
{
    var packages = Path.Combine(root, folder);
    var fetched = new FileInfo(Path.Combine(packages, "node_modules", ".package-lock.json"));
    if (fetched.Exists && fetched.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(packages, "package-lock.json")))
    {
        return;
    }

    // On Windows npm is a script that needs a shell.
    var (npm, before) = OperatingSystem.IsWindows() ? ("cmd.exe", new[] { "/c", "npm" }) : ("npm", []);
    if (!await Command.SucceedsAsync(npm, [.. before, "--version"], root, stopping.Token))
    {
        throw new StartException("""
            npm is missing. It is needed once, to fetch the libraries of the chat page and the dashboard (and Azurite, with --tables).
            Install Node.js 20 or newer, which brings npm (https://nodejs.org; on Debian: apt-get install npm), and run this again.
            """);
    }

    Say($"Fetching the npm packages of {user} ...");
    await WithProgressAsync(
        Command.RunAsync(npm, [.. before, "ci", "--no-audit", "--no-fund"], packages, $"npm could not fetch the packages of {user}", stopping.Token),
        $"npm still fetches the packages of {user}");
}

async Task BuildAsync(string project)
{
    Say($"Building {project} ...");
    await WithProgressAsync(
        Command.RunAsync("dotnet", ["build", Path.Combine(root, project), "--nologo", "-v", "quiet"], root, $"{project} does not build", stopping.Token),
        $"{project} is still being built");
}

async Task CheckCoreToolsAsync(bool watch)
{
    if (watch)
    {
        throw new StartException("--func and --watch exclude each other: with --watch, the function app runs without a host.");
    }

    if (!await Command.SucceedsAsync("func", ["--version"], root, stopping.Token))
    {
        throw new StartException("""
            func is missing. Install the Azure Functions Core Tools 4 (https://learn.microsoft.com/azure/azure-functions/functions-run-local),
            or start without --func. The timer and the queue of the function app also need Azurite: npx azurite
            """);
    }
}

// Prints a line every two seconds, until the work has ended.
static async Task WithProgressAsync(Task work, string text)
{
    var since = Stopwatch.StartNew();
    while (await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(2))) != work)
    {
        Say($"  {text} ({since.Elapsed.TotalSeconds:0} s)");
    }

    await work;
}

static void CheckPort(int port, string user, string option)
{
    foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StartException($"""
                Port {port}, which the {user} needs, is taken by another program.
                End that program, or choose another port: dotnet run start.cs -- {option} {port + 1}
                """);
        }
        catch (SocketException)
        {
            // This machine does not have the address.
        }
    }
}

static void Say(string text) => Console.WriteLine(text);

/// <summary>Changes the signal handling that this program inherited at its start.</summary>
internal static partial class Signals
{
    private const int Interrupt = 2;
    private const nint Default = 0;
    private const nint Ignore = 1;

    /// <summary>
    /// Restores the default of SIGINT where it is ignored: a shell without job control starts background commands so, and the runtime, like the
    /// programs started from here, would keep ignoring it. Call it before any other code registers for signals.
    /// </summary>
    /// <returns>True if it was ignored.</returns>
    public static bool TakeInterrupt()
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        var before = Signal(Interrupt, Default);
        if (before != Ignore)
        {
            _ = Signal(Interrupt, before);
        }

        return before == Ignore;
    }

    // void (*signal(int sig, void (*func)(int)))(int);
    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Signal(int signal, nint handler);
}

/// <summary>The reason why the start failed, for the user.</summary>
internal sealed class StartException(string message) : Exception(message);

/// <summary>Runs a command to its end, and shows its output only when it fails.</summary>
internal static class Command
{
    public static async Task RunAsync(
        string command, IEnumerable<string> arguments, string folder, string failure, CancellationToken cancellationToken)
    {
        var (code, output) = await ExecuteAsync(command, arguments, folder, cancellationToken);
        if (code != 0)
        {
            throw new StartException($"{output}\n{failure}; its output is above.");
        }
    }

    public static async Task<bool> SucceedsAsync(
        string command, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        try
        {
            return (await ExecuteAsync(command, arguments, folder, cancellationToken)).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // the command does not exist
        }
    }

    private static async Task<(int Code, string Output)> ExecuteAsync(
        string command, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

/// <summary>One of the programs: starts it, relays its lines with its name before them, and ends it.</summary>
internal sealed partial class Server
{
    private const int InterruptSignal = 2;
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(90);

    // Less in total than the two seconds within which everything must end.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan LastStopLimit = TimeSpan.FromSeconds(0.4);
    private static readonly Lock Console = new();

    private readonly Process _process;
    private readonly ConsoleColor _color;

    private Server(string name, ConsoleColor color, Process process)
    {
        Name = name;
        _color = color;
        _process = process;
        Ended = WaitForEndAsync();
    }

    public string Name { get; }

    /// <summary>True when the other programs need it until they have ended.</summary>
    public bool StopsLast { get; init; }

    /// <summary>Completes with the exit code when the program has ended.</summary>
    public Task<int> Ended { get; }

    public static Server Start(
        string name, ConsoleColor color, string command, string[] arguments, string folder, Dictionary<string, string?> environment, bool stopsLast = false)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var server = new Server(name, color, Process.Start(start)!) { StopsLast = stopsLast };
        server._process.OutputDataReceived += (_, line) => server.Relay(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Relay(line.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Returns when the address answers with the status; throws when any of the servers has ended.</summary>
    public async Task WaitUntilAsync(string url, HttpStatusCode status, List<Server> servers, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var since = Stopwatch.StartNew(); since.Elapsed < HealthLimit; await poll.WaitForNextTickAsync(cancellationToken))
        {
            if (servers.FirstOrDefault(server => server.Ended.IsCompleted) is { } dead)
            {
                throw new StartException($"The {dead.Name} did not start: it ended with code {await dead.Ended}. Its last lines are above.");
            }

            try
            {
                using var answer = await client.GetAsync(url, cancellationToken);
                if (answer.StatusCode == status)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Listening, but not answering yet.
            }
        }

        throw new StartException($"The {Name} did not become healthy within {HealthLimit.TotalSeconds:0} seconds: {url} does not answer {(int)status}.");
    }

    /// <summary>Ends all programs, each by force if it takes too long.</summary>
    public static async Task StopAsync(List<Server> servers)
    {
        await Task.WhenAll(servers.Where(server => !server.StopsLast).Select(server => server.StopAsync(StopLimit)));
        await Task.WhenAll(servers.Where(server => server.StopsLast).Select(server => server.StopAsync(LastStopLimit)));
    }

    private async Task StopAsync(TimeSpan limit)
    {
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows())
            {
                // Ctrl-C has reached the program as well: the console sends it to every program in it.
            }
            else
            {
                _ = Kill(_process.Id, InterruptSignal); // Azurite ends properly only on Ctrl-C
            }

            // dotnet watch ends by itself only where a terminal's Ctrl-C reaches all programs that it has started.
            if (await Task.WhenAny(Ended, Task.Delay(limit)) != Ended)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        await Ended;
        _process.Dispose();
    }

    private async Task<int> WaitForEndAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private void Relay(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (Console)
        {
            System.Console.ForegroundColor = _color;
            System.Console.Write($"{Name,-12} | ");
            System.Console.ResetColor();
            System.Console.WriteLine(line);
        }
    }

    // int kill(pid_t pid, int sig);
    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
