using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>A run of a case with the official .NET client.</summary>
internal sealed class DotNetRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly JsonSerializerOptions Format = new() { IncludeFields = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _run = RunName.Create();
    private readonly FidelityCase _row;
    private readonly Uri _backend;
    private readonly Dictionary<string, DotNetCaseClient> _clients;

    public DotNetRun(FidelityCase row, Uri backend, string protocol)
    {
        _row = row;
        _backend = backend;
        var url = new Uri(backend.AbsoluteUri.TrimEnd('/') + FidelityCase.PathOf(row.Hub));
        _clients = row.Clients.ToDictionary(client => client.Name, client => new DotNetCaseClient(client, url, protocol, _run));
    }

    public async Task<CaseRecord> CompleteAsync()
    {
        foreach (var client in _row.Clients.Where(client => !client.ConnectsLater))
        {
            await _clients[client.Name].StartAsync();
        }

        var steps = new JsonArray();
        foreach (var step in _row.Steps)
        {
            steps.Add(await RecordAsync(step));
        }

        var received = new JsonObject(_clients.Select(client => KeyValuePair.Create(client.Key, Node(client.Value.Received))));
        return new CaseRecord(
            new JsonObject { ["steps"] = steps, ["received"] = received },
            [
                (_run, RunName.Placeholder),
                (_backend.GetLeftPart(UriPartial.Authority), "$backend"),
                .. _clients.Select(client => (client.Value.ConnectionId ?? "", "$" + client.Key)),
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private async Task<JsonObject> RecordAsync(Step step)
    {
        try
        {
            return await ActAsync(step, _clients[step.Client]).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            return new JsonObject { ["error"] = CaseRecord.TimedOut };
        }
        catch (Exception exception)
        {
            return new JsonObject { ["error"] = exception.Message };
        }
    }

    private async Task<JsonObject> ActAsync(Step step, DotNetCaseClient client)
    {
        var arguments = step.Arguments
            .Select(argument => RunName.Fill(argument, _run, name => _clients.GetValueOrDefault(name)?.ConnectionId))
            .ToArray();
        switch (step.Kind)
        {
            case StepKind.Invoke:
                return Result(await client.Connection.InvokeCoreAsync(step.Method, step.ResultType, arguments));
            case StepKind.InvokeTogether:
                return Result(await Task.WhenAll(
                    Enumerable.Range(0, step.Count!.Value).Select(_ => client.Connection.InvokeCoreAsync(step.Method, step.ResultType, arguments))));
            case StepKind.Send:
                await client.Connection.SendCoreAsync(step.Method, arguments);
                return Result("sent");
            case StepKind.Stream:
                return await (Task<JsonObject>)ReadMethod.MakeGenericMethod(step.ResultType).Invoke(null, [client.Connection, step, arguments])!;
            case StepKind.Open:
                var stream = client.Connection.StreamAsyncCore<object>(step.Method, arguments).GetAsyncEnumerator();
                await stream.MoveNextAsync();
                return Result(stream.Current);
            case StepKind.Upload:
                return Result(await client.Connection.InvokeCoreAsync(step.Method, step.ResultType, [Items(arguments)]));
            case StepKind.Connect:
                await client.StartAsync();
                return client.StartError is { } error ? new JsonObject { ["error"] = error } : Result("connected");
            case StepKind.Stop:
                await client.Connection.StopAsync();
                return Result("stopped");
            case StepKind.Hear:
                await client.HearAsync(step.Count!.Value);
                return Result("heard");
            case StepKind.Settle:
                var settled = client.SettledAsync();
                await client.Connection.InvokeCoreAsync(step.Method, step.ResultType, arguments);
                await settled;
                return Result("settled");
            case StepKind.AwaitClose:
                return new JsonObject { ["closed"] = await client.ClosedAsync() };
            default:
                throw new InvalidOperationException($"{step.Kind} is unknown.");
        }
    }

    private static async Task<JsonObject> ReadAsync<T>(HubConnection connection, Step step, object?[] arguments)
    {
        var items = new JsonArray();
        using var stop = new CancellationTokenSource();
        var record = new JsonObject { ["items"] = items };
        try
        {
            await foreach (var item in connection.StreamAsyncCore<T>(step.Method, arguments, stop.Token))
            {
                if (items.Count < (step.Count ?? int.MaxValue))
                {
                    items.Add(Node(item));
                }

                if (items.Count == step.Count)
                {
                    await stop.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            record["end"] = "cancelled";
        }
        catch (Exception exception)
        {
            record["error"] = exception.Message;
        }

        return record;
    }

    private static async IAsyncEnumerable<int> Items(object?[] items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return (int)item!;
        }
    }

    private static JsonObject Result(object? value) => new() { ["result"] = Node(value) };

    private static JsonNode? Node(object? value) => value is null ? null : JsonSerializer.SerializeToNode(value, value.GetType(), Format);

    private static System.Reflection.MethodInfo ReadMethod { get; } =
        typeof(DotNetRun).GetMethod(nameof(ReadAsync), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
}
