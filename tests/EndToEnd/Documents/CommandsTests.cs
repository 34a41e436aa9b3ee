using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Documents;

/// <summary>The commands and files that documents show for a running gateway, run and read literally.</summary>
public sealed class CommandsTests : IAsyncLifetime
{
    private const string Port = "8888";

    private readonly string _folder = Directory.CreateTempSubdirectory("commands-").FullName;
    private ServerProcess? _gateway;

    // In a folder with the settings in configuration.md, as a user of the emulator would start it.
    public async Task InitializeAsync()
    {
        var settings = Document.Find(Path.Combine("docs", "configuration.md")).Blocks("json").Single();
        await File.WriteAllTextAsync(Path.Combine(_folder, "settings.json"), settings);
        var address = new Uri($"http://localhost:{FreePort.Find()}");
        var start = new ProcessStartInfo("dotnet", [BuiltProgram.Gateway.Assembly, "--urls", address.ToString()]) { WorkingDirectory = _folder };
        _gateway = await ServerProcess.StartAsync(start, address, "/api/health", new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development" });
    }

    public async Task DisposeAsync()
    {
        await _gateway!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_settings_of_configuration_md_are_read() =>
        Assert.Contains("template 0: http://localhost:7071/runtime/webhooks/signalr", _gateway!.Log, StringComparison.Ordinal);

    [Fact]
    public async Task The_commands_of_operations_md_are_answered_as_it_says()
    {
        var blocks = Document.Find(Path.Combine("docs", "operations.md")).Blocks("sh").Where(block => block.Contains("curl", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, blocks.Count); // health, a message by hand, the destination of an event, and a replay

        var output = await RunAsync(string.Join("\nprintf '\\n--\\n'\n", blocks));

        var answers = output.Split("\n--\n");
        Assert.Contains("\"store\":\"InMemory\"", answers[0], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 202 Accepted", answers[1], StringComparison.Ordinal);
        Assert.Equal("send", JsonDocument.Parse(answers[2]).RootElement.GetProperty("event").GetString());
        Assert.Equal(0, JsonDocument.Parse(answers[3]).RootElement.GetProperty("replayed").GetInt32());
    }

    [Fact]
    public async Task The_command_of_metrics_md_reads_metrics() => Assert.Contains(
        "# TYPE ", await RunAsync(Document.Find(Path.Combine("docs", "metrics.md")).Blocks("sh").First()), StringComparison.Ordinal);

    [Fact]
    public async Task The_scrape_settings_of_metrics_md_name_the_token_that_lets_Prometheus_in()
    {
        var settings = Document.Find(Path.Combine("docs", "metrics.md")).Blocks("yaml").Single();
        var credentials = Regex.Match(settings, "authorization: { credentials: <(.+)> }").Groups[1].Value;
        Assert.Contains("- job_name: ", settings, StringComparison.Ordinal);
        Assert.Contains($"targets: [\"gateway:{Port}\"]", settings, StringComparison.Ordinal);
        await using var gateway = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Gateway__AccessKeys__0"] = "the-key-of-the-document-tests-0123456789",
            [credentials.Replace(":", "__", StringComparison.Ordinal)] = "the-token-of-prometheus-0123456789",
        });
        using var http = new HttpClient { BaseAddress = gateway.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/metrics")).StatusCode);

        // As Prometheus requests with these settings: its default path, and the credentials as a bearer token.
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "the-token-of-prometheus-0123456789");
        Assert.Contains("# TYPE ", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string commands)
    {
        var script = "curl() { command curl --silent --show-error \"$@\"; }\n"
            + commands.Replace($"localhost:{Port}", $"localhost:{_gateway!.Address.Port}", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var error = shell.StandardError.ReadToEndAsync(limit.Token);
        var output = await shell.StandardOutput.ReadToEndAsync(limit.Token);
        await shell.WaitForExitAsync(limit.Token);
        Assert.True(shell.ExitCode == 0, await error);
        return output.Replace("\r", "", StringComparison.Ordinal);
    }
}
