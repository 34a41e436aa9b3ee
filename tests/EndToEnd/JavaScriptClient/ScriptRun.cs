using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Serverless.EndToEnd.Systems;

namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>
/// A run of a script in Node for one column. The script writes a line of JSON for each completed scenario, and may request a gateway of
/// its own and actions on it; the response is a line on its standard input.
/// </summary>
/// <code>
/// {"scenario":"…","passed":true}      {"scenario":"…","passed":false,"error":"…"}
/// {"ask":"start"}                 →   {"gateway":"http://127.0.0.1:1234/"}
/// {"ask":"nodes"}                 →   the same for a load balancer before three gateways, which all scripts share
/// {"ask":"another for the next node"} →   the same, when one of the three has been killed and replaced
/// </code>
internal sealed class ScriptRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly RunningSystem _system;
    private readonly Process _node;
    private readonly ConcurrentQueue<string> _unexpected = new();
    private readonly Dictionary<string, string?> _errors = new(StringComparer.Ordinal);
    private GatewayProcess? _ownGateway;

    private ScriptRun(RunningSystem system, ScenarioScript script, ClientColumn column)
    {
        _system = system;
        var start = new ProcessStartInfo("node", [script.File])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SCENARIO_SETTINGS"] = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["transport"] = column.Transport,
            ["protocol"] = column.Protocol,
            ["skipNegotiation"] = column.SkipNegotiation,
            ["gateway"] = system.Gateway,
            ["functions"] = system.Functions,
            ["upstream"] = system.Upstream,
            ["keys"] = new[] { RunningSystem.PrimaryKey, RunningSystem.SecondaryKey },
        });
        _node = Process.Start(start)!;
        _node.ErrorDataReceived += (_, line) => Unexpected(line.Data);
        _node.BeginErrorReadLine();
    }

    /// <summary>Runs a script until it ends.</summary>
    public static async Task<ScriptRun> CompleteAsync(RunningSystem system, ScenarioScript script, ClientColumn column)
    {
        await using var run = new ScriptRun(system, script, column);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (await run._node.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                await run.TakeAsync(line);
            }
        }
        catch (OperationCanceledException)
        {
            run.Unexpected($"The script had not ended after {Limit}.");
        }

        return run;
    }

    /// <summary>Fails, with all details, if the scenario has failed.</summary>
    public void Show(string scenario)
    {
        if (!_errors.TryGetValue(scenario, out var error))
        {
            Assert.Fail($"{scenario}\nThe script ended without having run this scenario.\n{string.Join('\n', _unexpected)}\n{_system.Logs}");
        }

        if (error is not null)
        {
            Assert.Fail($"{scenario}\n{error}\n{string.Join('\n', _unexpected)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_node.HasExited)
        {
            _node.Kill(entireProcessTree: true);
            await _node.WaitForExitAsync();
        }

        _node.Dispose();
        if (_ownGateway is not null)
        {
            await _ownGateway.DisposeAsync();
        }
    }

    private async Task TakeAsync(string line)
    {
        if (!line.StartsWith('{'))
        {
            Unexpected(line);
            return;
        }

        using var message = JsonDocument.Parse(line);
        if (message.RootElement.TryGetProperty("ask", out var ask))
        {
            var address = await ActAsync(ask.GetString()!);
            await _node.StandardInput.WriteLineAsync($$"""{"gateway":"{{address}}"}""");
            await _node.StandardInput.FlushAsync();
            return;
        }

        var error = message.RootElement.GetProperty("passed").GetBoolean() ? null : message.RootElement.GetProperty("error").GetString();
        _errors.Add(message.RootElement.GetProperty("scenario").GetString()!, error);
    }

    private async Task<Uri> ActAsync(string what)
    {
        if (what is "nodes" or "another for the next node")
        {
            var nodes = await _system.NodesAsync();
            if (what != "nodes")
            {
                await nodes.ReplaceNextAsync();
            }

            return nodes.Address;
        }

        _ownGateway ??= _system.CreateOwnGateway();
        switch (what)
        {
            case "start":
                await _ownGateway.StartAsync();
                break;
            case "stop":
                await _ownGateway.StopAsync();
                break;
            case "kill":
                await _ownGateway.KillAsync();
                break;
            case "freeze":
                _ownGateway.Freeze();
                break;
            case "thaw":
                _ownGateway.Thaw();
                break;
            default:
                throw new InvalidOperationException($"The script requests an unknown '{what}'.");
        }

        return _ownGateway.Address;
    }

    private void Unexpected(string? line)
    {
        if (line is not null)
        {
            _unexpected.Enqueue(line);
        }
    }
}
