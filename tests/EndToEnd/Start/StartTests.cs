using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Serverless.EndToEnd.Browsers;
using Serverless.EndToEnd.ChatPage;
using Serverless.EndToEnd.Dashboard;
using Serverless.EndToEnd.Documents;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Start;

/// <summary>
/// The README's first command, <c>dotnet run start.cs</c>, and the steps of <c>docs/quickstart.md</c> for a newcomer: clone, start, chat,
/// change a hub method, observe the change. Run alone, because the time that the quickstart promises is measured on an idle machine.
/// </summary>
[Collection(nameof(AloneTests))]
public sealed class StartTests(FreshClone clone, BrowserFixture browser) : IClassFixture<FreshClone>, IClassFixture<BrowserFixture>
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    // The command builds the programs that it starts; this is also the quickstart's promise from the clone to the changed method.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly int _gatewayPort = FreePort.Find();
    private readonly int _functionsPort = FreePort.Find();
    private readonly int _tablesPort = FreePort.Find();

    [Fact]
    public async Task It_starts_both_programs_says_where_they_are_and_stops_both()
    {
        await using var start = Run();
        var longestSilence = await LongestSilenceAsync(start, "Ctrl-C stops both.");
        Assert.True(longestSilence < TimeSpan.FromSeconds(5), $"The command printed nothing for {longestSilence}:\n{start.Log}");

        using var client = new HttpClient();
        Assert.Contains("<title>Serverless chat</title>", await client.GetStringAsync(Page(start)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://localhost:{_gatewayPort}/api/health")).StatusCode);
        Assert.Contains($"Endpoint=http://localhost;Port={_gatewayPort};AccessKey=", start.Log, StringComparison.Ordinal);
        Assert.Contains("gateway      | ", start.Log, StringComparison.Ordinal);
        Assert.Contains("function app | ", start.Log, StringComparison.Ordinal);
        Assert.Contains(Programs(), program => program.Arguments.Contains("FunctionsHost.dll", StringComparison.Ordinal));
        Assert.Contains(Programs(), program => program.Arguments.Contains("--functions-worker-id", StringComparison.Ordinal)); // the app itself

        var stopping = Stopwatch.StartNew();
        Assert.Equal(0, await start.StopAsync());
        Assert.True(stopping.Elapsed < StopLimit, $"The stop took {stopping.Elapsed}.");
        Assert.Contains("Stopped.", start.Log, StringComparison.Ordinal);
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task In_the_background_it_stops_within_two_seconds_of_SIGINT_also_with_a_client_connected()
    {
        await using var start = Run(inBackground: true);
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops both.", StringComparison.Ordinal), start);
        var program = Process.GetProcessById(int.Parse(Regex.Match(start.Log, "kill ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture));
        await using var ann = await Person.JoinAsync(browser, Page(start), "Ann");

        var stopping = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-INT", $"{program.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await start.ExitedAsync(Limit);
        Assert.True(stopping.Elapsed < StopLimit, $"The stop took {stopping.Elapsed}:\n{start.Log}");
        Assert.Contains("Stopped.", start.Log, StringComparison.Ordinal);
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task It_refuses_an_unknown_option_and_says_which_there_are()
    {
        await using var start = Start("dotnet run start.cs -- --wach");
        await start.ExitedAsync(Limit);
        Assert.Equal(1, await start.StopAsync());
        Assert.Contains("--wach is not an option of start.cs.", start.Log, StringComparison.Ordinal);

        await using var help = clone.Start("dotnet run start.cs -- --help", start.Address);
        await help.ExitedAsync(Limit);
        Assert.Equal(0, await help.StopAsync());
        Assert.All(
            ["--watch", "--func", "--tables", "--gateway-port", "--functions-port", "--tables-port", "--help"],
            option => Assert.Contains($"  {option}", help.Log, StringComparison.Ordinal));
        Assert.DoesNotContain("Building", start.Log + help.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_func_it_runs_the_Core_Tools_or_says_that_they_are_missing()
    {
        await using var start = Start("env PATH=$(dirname $(command -v dotnet)):/bin dotnet run start.cs -- --func");

        await start.ExitedAsync(Limit);

        Assert.Equal(1, await start.StopAsync());
        Assert.Contains("func is missing. Install the Azure Functions Core Tools 4", start.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_tables_it_starts_Azurite_too_and_the_gateway_keeps_membership_there()
    {
        await using var start = Run($"--tables --tables-port {_tablesPort}");
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops all.", StringComparison.Ordinal), start);

        using var client = new HttpClient();
        var health = await client.GetStringAsync($"http://localhost:{_gatewayPort}/api/health");
        Assert.Contains("\"store\":\"AzureTables\"", health, StringComparison.Ordinal);
        Assert.Contains("azurite      | ", start.Log, StringComparison.Ordinal);
        Assert.Equal(4, Programs().Count()); // the function app's host and its worker among them

        Assert.Equal(0, await start.StopAsync());
        Assert.Empty(Programs());
        Assert.True(Directory.Exists(Path.Combine(clone.Root, ".azurite")), "Azurite's data was removed.");
    }

    [Fact]
    public async Task When_one_program_dies_it_says_so_and_stops_the_other()
    {
        await using var start = Run();
        await WaitForAsync(() => start.Log.Contains("Ctrl-C stops both.", StringComparison.Ordinal), start);
        var gateway = Programs().Single(program => program.Arguments.Contains("Gateway.dll", StringComparison.Ordinal));

        using (var process = Process.GetProcessById(gateway.Id))
        {
            process.Kill();
        }

        await start.ExitedAsync(Limit);
        Assert.Contains("The gateway ended unexpectedly with code 137", start.Log, StringComparison.Ordinal);
        Assert.Equal(1, await start.StopAsync());
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task It_says_which_port_is_taken_and_how_to_choose_another()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _functionsPort);
        listener.Start();
        await using var start = Run();

        await start.ExitedAsync(Limit);

        Assert.Equal(1, await start.StopAsync());
        Assert.Contains($"Port {_functionsPort}, which the function app needs, is taken by another program.", start.Log, StringComparison.Ordinal);
        Assert.Contains($"-- --functions-port {_functionsPort + 1}", start.Log, StringComparison.Ordinal);
        Assert.Empty(Programs());
    }

    [Fact]
    public async Task The_quickstart_leads_to_a_changed_hub_method_in_the_browser()
    {
        var clock = Stopwatch.StartNew();
        await using var start = Start(FreshClone.StartCommand);
        await WaitForAsync(() => start.Log.Contains("Everything is running.", StringComparison.Ordinal), start);
        await using var ann = await Person.JoinAsync(browser, Page(start), "Ann");
        await using var bob = await Person.JoinAsync(browser, Page(start), "Bob");
        await ann.SayAsync("hello");
        await bob.SeesAsync("hello");

        var edit = Document.Find(Path.Combine("docs", "quickstart.md")).Blocks("csharp").Select(block => block.Trim()).ToList();
        var file = Path.Combine(clone.Root, "src", "Functions", "Chatting", "Chat.cs");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(edit[0], edit[1], StringComparison.Ordinal));

        // While the function app restarts, messages are not answered and are lost.
        var attempt = 0;
        while (await bob.Page.GetByText($"HELLO AGAIN {attempt}", new() { Exact = true }).CountAsync() == 0)
        {
            Assert.True(clock.Elapsed < Limit, $"The changed method does not answer:\n{start.Log}");
            await ann.TypeAsync($"hello again {++attempt}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        await ann.SeesConnectedAsync();
        Assert.Equal(0, await start.StopAsync());
        Assert.Empty(Programs());
    }

    private static async Task WaitForAsync(Func<bool> condition, ServerProcess start)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var since = Stopwatch.StartNew(); !condition(); await poll.WaitForNextTickAsync())
        {
            Assert.True(since.Elapsed < Limit, $"The time limit has passed:\n{start.Log}");
        }
    }

    // From the first output line to one that contains a text.
    private static async Task<TimeSpan> LongestSilenceAsync(ServerProcess start, string until)
    {
        await WaitForAsync(() => start.Log.Length > 0, start);
        var longest = TimeSpan.Zero;
        var length = 0;
        var silent = Stopwatch.StartNew();
        await WaitForAsync(
            () =>
            {
                var log = start.Log;
                longest = silent.Elapsed > longest ? silent.Elapsed : longest;
                if (log.Length > length)
                {
                    length = log.Length;
                    silent.Restart();
                }

                return log.Contains(until, StringComparison.Ordinal);
            },
            start);
        return longest;
    }

    private ServerProcess Run(string options = "", bool inBackground = false) => Start($"dotnet run start.cs -- {options}", inBackground);

    private ServerProcess Start(string command, bool inBackground = false) => clone.Start(
        $"{command} --gateway-port {_gatewayPort} --functions-port {_functionsPort}", new Uri($"http://localhost:{_functionsPort}"), inBackground);

    private static Uri Page(ServerProcess start) => new(start.Address, "/api/");

    // Every process whose arguments contain one of this test's ports, and the workers of the function app in this clone.
    private IEnumerable<(int Id, string Arguments)> Programs()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && Arguments(folder) is { } arguments
                && (arguments.Contains($"--urls http://localhost:{_gatewayPort}", StringComparison.Ordinal)
                    || arguments.Contains($"--urls http://localhost:{_functionsPort}", StringComparison.Ordinal)
                    || arguments.Contains($"--tablePort {_tablesPort}", StringComparison.Ordinal)
                    || (arguments.Contains("--functions-worker-id", StringComparison.Ordinal) && IsOfThisTest(folder))))
            {
                yield return (id, arguments);
            }
        }
    }

    // A worker gets no address of its own. Its folder is that of the app, and its environment has the gateway's port.
    private bool IsOfThisTest(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ")).Contains($"Port={_gatewayPort};", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // the process has ended meanwhile
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
            return null; // the process has ended meanwhile
        }
    }
}
