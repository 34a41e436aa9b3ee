using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Admin.Live;

/// <summary>
/// The last ten minutes of this node, second by second, so that a viewer who opens the dashboard sees the time before. Costs a read of the
/// hubs' counters each second.
/// </summary>
internal sealed class NodeHistory(HubMeters meters, IBackplane backplane, TimeProvider time) : BackgroundService, INodeRequest<GatewayHistoryOperation>
{
    /// <summary>The number of seconds that are kept.</summary>
    public const int Seconds = 600;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(800);

    private readonly Lock _gate = new();

    // Under _gate: rings by the second, the counters at the last reading, and the second of the last reading.
    private readonly long[] _connections = new long[Seconds];
    private readonly long[] _received = new long[Seconds];
    private readonly long[] _sent = new long[Seconds];
    private (long Received, long Sent)? _before;
    private long _last;

    public async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayHistoryOperation operation)
    {
        await Task.Yield();
        return JsonSerializer.SerializeToUtf8Bytes(Read(), HistoryJson.Default.History);
    }

    /// <summary>Returns the history of all nodes that answer in time.</summary>
    public async ValueTask<History> ReadAllAsync(CancellationToken cancelled)
    {
        var all = new List<History> { Read() };
        try
        {
            var answers = await backplane.AskAsync(HubName.Gateway, Target.All(), new GatewayHistoryOperation().Encode(), AnswerTimeout, cancelled);
            all.AddRange(answers.Select(static answer => JsonSerializer.Deserialize(answer.Span, HistoryJson.Default.History)!));
        }
        catch (BackplaneUnavailableException)
        {
            // Returns this node's history alone.
        }

        return History.Sum(all);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
            do
            {
                Note();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Records the current values.</summary>
    public void Note()
    {
        long connections = 0, received = 0, sent = 0;
        foreach (var hub in meters.All.Where(static hub => !hub.IsGateways))
        {
            connections += hub.Clients;
            received += hub.FromClients.Total.Messages;
            sent += hub.ToClients.Total.Messages;
        }

        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            if (_before is not { } before || now <= _last)
            {
                (_before, _last) = (_before ?? (received, sent), Math.Max(now, _last));
                _connections[_last % Seconds] = connections;
                return;
            }

            // The messages of seconds that were missed are spread evenly over them.
            var seconds = now - _last;
            for (var second = Math.Max(_last + 1, now - Seconds + 1); second <= now; second++)
            {
                _connections[second % Seconds] = connections;
                _received[second % Seconds] = (received - before.Received) / seconds;
                _sent[second % Seconds] = (sent - before.Sent) / seconds;
            }

            (_before, _last) = ((received, sent), now);
        }
    }

    private History Read()
    {
        lock (_gate)
        {
            return new History(_last, InOrder(_connections), InOrder(_received), InOrder(_sent));
        }
    }

    private long[] InOrder(long[] ring) => [.. Enumerable.Range(1, Seconds).Select(i => ring[(_last + i) % Seconds])];
}

/// <summary>Values by the second, oldest first.</summary>
/// <param name="End">The second of the last value, in Unix time.</param>
/// <param name="Connections">Open client connections.</param>
/// <param name="Received">Messages received from clients in that second.</param>
/// <param name="Sent">Messages sent to clients in that second.</param>
internal sealed record History(long End, long[] Connections, long[] Received, long[] Sent)
{
    /// <summary>Adds up histories second by second, up to the end of the first one; nodes may be a second behind.</summary>
    public static History Sum(IReadOnlyList<History> all)
    {
        var end = all[0].End;
        long[] SumOf(Func<History, long[]> read)
        {
            var sum = new long[NodeHistory.Seconds];
            foreach (var one in all)
            {
                var values = read(one);
                for (var i = 0; i < sum.Length; i++)
                {
                    // For a second that a node has not reached yet, its last value is used.
                    var place = Math.Min(i + end - one.End, values.Length - 1);
                    sum[i] += place >= 0 ? values[place] : 0;
                }
            }

            return sum;
        }

        return new History(end, SumOf(one => one.Connections), SumOf(one => one.Received), SumOf(one => one.Sent));
    }
}

/// <summary>The JSON of histories.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(History))]
internal sealed partial class HistoryJson : JsonSerializerContext;
