using System.Diagnostics;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>Configurations that keep the gateway from starting, and the effect of valid ones.</summary>
public sealed class StartTests
{
    private const string Key = GatewayFixture.Key;

    public static TheoryData<string, string[]> WrongValues => new()
    {
        { "", ["Gateway:AccessKeys:0 is missing"] },
        { "Gateway__AccessKeys__0=short", ["Gateway:AccessKeys:0 is shorter than 32 bytes"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__AccessKeys__1=", ["Gateway:AccessKeys:1 is shorter"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__AccessKey={Key}", ["Gateway:AccessKey is not a configuration key"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Clients__KeepAliv=x", ["Gateway:Clients:KeepAliv is not a configuration key", "did you mean Gateway:Clients:KeepAlive?"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Clients__KeepAlive=soon", ["Gateway:Clients:KeepAlive is 'soon'. Write a time"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Clients__KeepAlive=15", ["Gateway:Clients:KeepAlive is '15', which means 15 days. Write 00:00:15 for 15 seconds"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Clients__MaxMessageBytes=1MB", ["Gateway:Clients:MaxMessageBytes is '1MB'. Write a whole number"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Upstream__OnConnectedFailure=Panic", ["Gateway:Upstream:OnConnectedFailure is 'Panic'. Write Tolerate or Close"] },
        { $"Gateway__AccessKeys__0={Key} Gateway__Endpoints__0=here", ["Gateway:Endpoints:0 is 'here'"] },
        { $"Gateway__AccessKeys__0={Key} UpstreamSettings__Templates__0__UrlTemplate=nowhere/{{event}}", ["UpstreamSettings:Templates:0:UrlTemplate is 'nowhere/{event}'"] },
        { $"Gateway__AccessKeys__0={Key} UpstreamSettings__Templates__0__HubPattern=x", ["UpstreamSettings:Templates:0:UrlTemplate is ''"] },
        {
            "Gateway__AccessKeys__0=short Gateway__Clients__OutboxBytes=1 Gateway__Clients__ClientTimeout=x Gateway__Nodes__DrainTime=2.00:00:00 Gateway__Upstream__Timeout=0",
            ["Gateway:Clients:ClientTimeout is 'x'"]
        },
        {
            "Gateway__AccessKeys__0=short Gateway__Clients__OutboxBytes=1 Gateway__Nodes__DrainTime=2.00:00:00 Gateway__Upstream__Timeout=00:00:00 Gateway__Upstream__MaxStreams=-1 Gateway__Upstream__MaxStreamsPerUser=-1 Gateway__Upstream__StreamIdleTimeout=2.00:00:00",
            ["Gateway:Upstream:MaxStreams is out of range", "Gateway:Upstream:MaxStreamsPerUser is out of range", "Gateway:Upstream:StreamIdleTimeout is out of range", "Gateway:AccessKeys:0 is shorter", "Gateway:Clients:OutboxBytes is out of range", "Gateway:Nodes:DrainTime is out of range", "Gateway:Upstream:Timeout is out of range"]
        },
    };

    [Theory]
    [MemberData(nameof(WrongValues))]
    public async Task A_wrong_value_stops_the_start_with_one_message_that_says_what_to_write(string settings, string[] messages)
    {
        var (code, output) = await RunAsync(settings);
        Assert.True(code == 1, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).ToList();
        foreach (var message in messages)
        {
            Assert.Equal(1, lines.Count(line => line.Contains(message, StringComparison.Ordinal)));
        }

        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--urls=nonsense")]
    [InlineData("--urls=ftp://127.0.0.1:0")]
    [InlineData("--urls=http://127.0.0.1:abc")] // Kestrel would listen on every address of the machine
    [InlineData("--urls=http://localhost:99999")]
    [InlineData("--urls=https://localhost:0")] // there is no certificate
    public async Task A_bad_urls_is_one_clear_line(string argument)
    {
        var (code, output) = await RunAsync($"Gateway__AccessKeys__0={Key} HOME={Path.GetTempPath()}", argument);
        Assert.True(code == 1, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 2 && lines[0] == "The gateway does not start:" && lines[1].Contains("--urls", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Help_and_version_are_printed_and_nothing_is_started()
    {
        var (code, help) = await RunAsync("", "--help");
        Assert.Equal(0, code);
        Assert.Contains("--urls ADDRESS", help, StringComparison.Ordinal);
        Assert.Contains("docs/configuration.md", help, StringComparison.Ordinal);

        (code, var version) = await RunAsync("", "--version");
        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", version);
    }

    [Fact]
    public async Task The_readme_s_command_reads_the_settings_file_of_the_directory_in_which_it_is_typed()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Settings("http://localhost:7071/from-the-folder/{event}", ""));
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var gateway = BuiltProgram.Gateway;
        var configuration = new DirectoryInfo(gateway.Directory).Parent!.Name;
        var start = new ProcessStartInfo(
            "dotnet",
            ["run", "--project", Path.Combine(BuiltProgram.RepositoryRoot, "src", "Gateway"), "-c", configuration, "--no-build", "--", "--urls", address.ToString()])
        {
            WorkingDirectory = folder.Path,
        };
        await using var process = await ServerProcess.StartAsync(start, address, "/api/health");
        await Waits.UntilAsync(
            () => process.Log.Contains("template 0: http://localhost:7071/from-the-folder/{event}", StringComparison.Ordinal), "the folder's template is printed");
        Assert.Contains($"settings           {Path.Combine(folder.Path, "settings.json")}", process.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_start_prints_the_settings_file_and_each_template_in_full_without_secrets()
    {
        using var folder = new TemporaryFolder();
        folder.Write("""
            { "UpstreamSettings": { "Templates": [
                { "UrlTemplate": "http://user:pass@app.example.com/api/{hub}/{category}/{event}?code=a-function-key&h={hub}", "HubPattern": "chat,board", "EventPattern": "send" },
                { "UrlTemplate": "https://other.example.com/x/{@Microsoft.KeyVault(SecretUri=https://127.0.0.1:1/secrets/name)}/{event}" } ] } }
            """);
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var start = GatewayFixture.StartInfo("--urls", address.ToString());
        start.WorkingDirectory = folder.Path;
        await using var process = await ServerProcess.StartAsync(
            start, address, "/api/health", new Dictionary<string, string?> { ["Gateway__AccessKeys__0"] = Key });
        await Waits.UntilAsync(() => process.Log.Contains("  health  ", StringComparison.Ordinal), "the start's lines are printed");
        Assert.Contains($"  settings           {Path.Combine(folder.Path, "settings.json")}\n", process.Log, StringComparison.Ordinal);
        Assert.Contains(
            "  upstream           template 0: http://app.example.com/api/{hub}/{category}/{event}?code=***&h={hub} (HubPattern 'chat,board', EventPattern 'send')\n",
            process.Log,
            StringComparison.Ordinal);
        Assert.Contains("                     template 1: https://other.example.com/x/***/{event}\n", process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("a-function-key", process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", process.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_stops_the_start_and_says_so()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var (code, output) = await RunAsync($"Gateway__AccessKeys__0={Key}", $"--urls=http://{taken.LocalEndpoint}");
        Assert.True(code == 1, output);
        Assert.Contains("--urls", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_json_stops_the_start_and_is_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("""{ "UpstreamSettings": """);
        var (code, output) = await RunAsync($"Gateway__AccessKeys__0={Key}", folder: folder.Path);
        Assert.True(code == 1, output);
        Assert.Contains("settings.json", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_emulators_settings_file_is_read_and_read_again_when_it_changes()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        using var folder = new TemporaryFolder();
        folder.Write(Settings(upstream.Template, """, "HubPattern": null"""));
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var start = GatewayFixture.StartInfo("--urls", address.ToString());
        start.WorkingDirectory = folder.Path;
        await using var process = await ServerProcess.StartAsync(
            start, address, "/api/health", new Dictionary<string, string?> { ["Gateway__AccessKeys__0"] = Key });
        await using var peer = await HubPeer.ConnectAsync(address, "chat", GatewayFixture.ClientToken("chat"), HubProtocol.Json);

        // A pattern that is null matches nothing.
        Assert.Contains("no upstream template", await peer.InvokeAsync("x"), StringComparison.Ordinal);
        folder.Write(Settings(upstream.Template, """, "HubPattern": "other, chat" """));
        await Waits.UntilAsync(async () => await peer.InvokeAsync("x") == """{"type":3,"invocationId":"1"}""", "the new template is used");
        var seen = await upstream.Hub("chat").NextAsync("x");
        Assert.Equal("/up/chat/messages/x", seen.Target);

        // A malformed file, or one with an invalid value, changes nothing; the next valid one takes effect.
        folder.Write("{");
        folder.Write(Settings("nowhere", ""));
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
        folder.Write(Settings(upstream.Template + "?v=2", ""));
        await Waits.UntilAsync(
            async () =>
            {
                Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
                while (upstream.Hub("chat").Waiting > 0)
                {
                    seen = await upstream.Hub("chat").NextAsync("x");
                }

                return seen.Target.EndsWith("?v=2", StringComparison.Ordinal);
            },
            "the last template is used");
    }

    [Fact]
    public async Task In_development_the_emulators_key_stands_in_and_is_announced()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        await using var process = await ServerProcess.StartAsync(
            GatewayFixture.StartInfo("--urls", address.ToString()),
            address,
            "/api/health",
            new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development" });
        const string EmulatorKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
        await Waits.UntilAsync(
            () => process.Log.Contains($"Endpoint=http://127.0.0.1;Port={address.Port};AccessKey={EmulatorKey};Version=1.0;", StringComparison.Ordinal),
            "the connection string is printed");
        await using var peer = await HubPeer.ConnectAsync(address, "chat", GatewayFixture.ClientToken("chat", key: EmulatorKey), HubProtocol.Json);
    }

    private static string Settings(string url, string rest) =>
        $$"""{ "UpstreamSettings": { "Templates": [ { "UrlTemplate": "{{url}}"{{rest}} } ] } }""";

    private static async Task<(int Code, string Output)> RunAsync(string settings, string argument = "--urls=http://127.0.0.1:0", string? folder = null)
    {
        var start = GatewayFixture.StartInfo(argument);
        start.WorkingDirectory = folder ?? Path.GetTempPath();
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var pair in settings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(Waits.Limited());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        return (process.WaitForExit(1000) ? process.ExitCode : -1, await output + await error);
    }

    /// <summary>A temporary working directory of a test.</summary>
    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("gateway-tests-").FullName;

        public void Write(string settings) => File.WriteAllText(System.IO.Path.Combine(Path, "settings.json"), settings);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
