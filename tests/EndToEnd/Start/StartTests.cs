using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Start;

/// <summary>The README's first command: <c>dotnet run start.cs</c>.</summary>
public sealed class StartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5); // it builds what it starts

    private readonly int _gatewayPort = FreePort.Find();
    private readonly int _functionsPort = FreePort.Find();
    private readonly int _tablesPort = FreePort.Find();

    [Fact]
    public async Task It_starts_both_programs_says_where_they_are_and_stops_both()
    {
        await using var start = Run();
        await start.WaitUntilAnsweringAsync("/", Limit);
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops both.", StringComparison.Ordinal), start);

        using var client = new HttpClient();
        Assert.Contains("<title>Serverless chat</title>", await client.GetStringAsync($"http://localhost:{_functionsPort}/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://localhost:{_gatewayPort}/api/health")).StatusCode);
        Assert.Contains($"Endpoint=http://localhost;Port={_gatewayPort};AccessKey=", start.Log, StringComparison.Ordinal);
        Assert.Contains("gateway      | ", start.Log, StringComparison.Ordinal);
        Assert.Contains("function app | ", start.Log, StringComparison.Ordinal);

        Assert.Equal(0, await start.StopAsync());
        Assert.Contains("Stopped.", start.Log, StringComparison.Ordinal);
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task With_tables_it_starts_Azurite_too_and_the_gateway_keeps_membership_there()
    {
        await using var start = Run("--tables", "--tables-port", $"{_tablesPort}");
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops all.", StringComparison.Ordinal), start);

        using var client = new HttpClient();
        var health = await client.GetStringAsync($"http://localhost:{_gatewayPort}/api/health");
        Assert.Contains("\"store\":\"AzureTables\"", health, StringComparison.Ordinal);
        Assert.Contains("azurite      | ", start.Log, StringComparison.Ordinal);
        Assert.Equal(3, Programs().Count());

        Assert.Equal(0, await start.StopAsync());
        Assert.Empty(Programs());
        Assert.True(Directory.Exists(Path.Combine(BuiltProgram.RepositoryRoot, ".azurite")), "What Azurite holds is gone with it.");
    }

    [Fact]
    public async Task When_one_program_dies_it_says_so_and_stops_the_other()
    {
        await using var start = Run();
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops both.", StringComparison.Ordinal), start);
        var functions = Programs().Single(program => program.Arguments.Contains("Functions.dll", StringComparison.Ordinal));

        using (var process = Process.GetProcessById(functions.Id))
        {
            process.Kill();
        }

        await WaitForAsync(() => start.HasExited, start);
        Assert.Contains("The function app ended by itself with code 137", start.Log, StringComparison.Ordinal);
        Assert.Equal(1, await start.StopAsync());
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task It_says_which_port_is_taken_and_how_to_choose_another()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _functionsPort);
        listener.Start();
        await using var start = Run();

        await WaitForAsync(() => start.HasExited, start);

        Assert.Equal(1, await start.StopAsync());
        Assert.Contains($"Port {_functionsPort}, which the function app needs, is taken by another program.", start.Log, StringComparison.Ordinal);
        Assert.Contains($"-- --functions-port {_functionsPort + 1}", start.Log, StringComparison.Ordinal);
        Assert.Empty(Programs());
    }

    private static async Task WaitForAsync(Func<bool> condition, ServerProcess start)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var since = Stopwatch.StartNew(); !condition(); await poll.WaitForNextTickAsync())
        {
            Assert.True(since.Elapsed < Limit, $"Waited in vain:\n{start.Log}");
        }
    }

    private ServerProcess Run(params string[] options)
    {
        var command = new ProcessStartInfo(
            "dotnet", ["run", "start.cs", "--", "--gateway-port", $"{_gatewayPort}", "--functions-port", $"{_functionsPort}", .. options])
        {
            WorkingDirectory = BuiltProgram.RepositoryRoot,
        };
        return ServerProcess.Launch(command, new Uri($"http://localhost:{_functionsPort}"));
    }

    // Every process that was told to listen on one of this test's ports.
    private IEnumerable<(int Id, string Arguments)> Programs()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && Arguments(folder) is { } arguments
                && (arguments.Contains($"--urls http://localhost:{_gatewayPort}", StringComparison.Ordinal)
                    || arguments.Contains($"--urls http://localhost:{_functionsPort}", StringComparison.Ordinal)
                    || arguments.Contains($"--tablePort {_tablesPort}", StringComparison.Ordinal)))
            {
                yield return (id, arguments);
            }
        }
    }

    private static string? Arguments(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }
}
