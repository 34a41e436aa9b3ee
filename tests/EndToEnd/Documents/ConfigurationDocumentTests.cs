using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Documents;

/// <summary>Checks docs/configuration.md against the gateway itself.</summary>
public sealed class ConfigurationDocumentTests
{
    private static readonly Document Configuration = Document.Find(Path.Combine("docs", "configuration.md"));

    /// <summary>The gateway's keys, with their default if it is a value.</summary>
    private static List<(string Key, string? Default)> Keys =>
    [
        .. Configuration.Rows
            .Where(row => row[0].StartsWith("`Gateway:", StringComparison.Ordinal) || row[0].StartsWith("`UpstreamSettings:", StringComparison.Ordinal))
            .Select(row => (row[0].Trim('`'), row[2].StartsWith('`') ? row[2].Trim('`') : null)),
    ];

    [Fact]
    public async Task The_gateway_starts_with_every_key_at_its_documented_default()
    {
        var environment = Keys.ToDictionary(key => Variable(key.Key), key => key.Default ?? Sample(key.Key));
        Assert.True(environment.Count >= 17, "The table of keys has not been read completely.");
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        await using var gateway = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", environment: environment!);
        Assert.Contains("The gateway listens on", gateway.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_documented_key_with_a_wrong_value_is_named_with_what_to_write()
    {
        // Every value except free text can be invalid; the gateway would report a key that it does not know as unknown.
        string[] freeText = ["Pattern", "AccessKeys", "Endpoints", "AllowedOrigins", "UrlTemplate", "Entra", "Identity", "Gateway:Tables", "Gateway:Redis", "Metrics:Token", ":Hub"];
        var checkable = Keys.Where(key => !freeText.Any(key.Key.Contains)).Select(key => key.Key).ToList();
        Assert.True(checkable.Count >= 9, "The table of keys has not been read completely.");
        var output = await RefusalAsync(checkable.ToDictionary(Variable, _ => "wrong"));
        Assert.All(checkable, key => Assert.Contains($"{key} is 'wrong'. Write ", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_documented_error_messages_are_the_gateway_s_own()
    {
        var examples = Configuration.Blocks("").Where(block => block.StartsWith("The gateway does not start:", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, examples.Count);
        Assert.Equal(Sorted(examples[0]), Sorted(await RefusalAsync(new()
        {
            ["Gateway__AccessKeys__0"] = "a-key-of-more-than-thirty-two-bytes-0123",
            ["Gateway__Upstream__OnConnectedFailure"] = "Ignore",
            ["Gateway__Clients__MaxMessageBytes"] = "lots",
            ["Gateway__Client__KeepAlive"] = "00:00:15",
        })));
        Assert.Equal(Sorted(examples[1]), Sorted(await RefusalAsync([])));
    }

    private static string Variable(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private static string Sample(string key) => key switch
    {
        _ when key.Contains("AccessKeys", StringComparison.Ordinal) => $"{key}-of-more-than-thirty-two-bytes-0123",
        "Gateway:Redis" => "127.0.0.1:1", // unreachable, which does not keep a node from starting
        _ when key.EndsWith(":Connections", StringComparison.Ordinal) || key.EndsWith("MessagesPerDay", StringComparison.Ordinal) => "1000000",
        _ when key.EndsWith(":MaxConnections", StringComparison.Ordinal) => "100",
        "Gateway:Upstream:MaxStreamsPerUser" => "10",
        "Gateway:Limits:MaxQueuedBytes" => "268435456",
        _ when key.EndsWith(":Hub", StringComparison.Ordinal) => "chat",
        _ when key.EndsWith("TenantId", StringComparison.Ordinal) || key.EndsWith("ClientId", StringComparison.Ordinal) => "11111111-2222-3333-4444-555555555555",
        _ => "https://app.example.com",
    };

    private static string[] Sorted(string lines) => [.. lines.Trim().Split('\n').Order(StringComparer.Ordinal)];

    /// <summary>Returns the gateway's standard error before it exits with code 1.</summary>
    private static async Task<string> RefusalAsync(Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [BuiltProgram.Gateway.Assembly, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var error = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(1, process.ExitCode);
            return error;
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
