using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Keeps fan-outs from piling up when the drain workers as a whole fall behind: a few may be in progress without a wait, further ones complete
/// when they have been written, and beyond a bound they are refused.
/// </summary>
internal sealed class FanOutGate(DrainWorkers workers)
{
    private const int Unwaited = 4;
    private const int MaxFanOuts = 512;

    private int _onTheirWay;

    /// <summary>Gets a value that indicates whether further fan-outs are refused now.</summary>
    public bool IsFull => Volatile.Read(ref _onTheirWay) >= MaxFanOuts;

    /// <summary>Sends to a set's members; see <see cref="LocalRouter.SendAsync"/> for the meaning of the result.</summary>
    public ValueTask<bool> SendAsync(MemberSet members, OutboundMessage message, IReadOnlyCollection<string> excluded)
    {
        if (IsFull)
        {
            return ValueTask.FromResult(false);
        }

        if (!members.Send(message, excluded))
        {
            return ValueTask.FromResult(true);
        }

        var before = Interlocked.Increment(ref _onTheirWay);
        var bytes = message.Cost;
        workers.Queued.Add(bytes);
        var written = PassedAsync(workers.MarkAsync(), bytes);
        workers.Wake();
        return before <= Unwaited ? ValueTask.FromResult(true) : new ValueTask<bool>(written);
    }

    private async Task<bool> PassedAsync(Task mark, long bytes)
    {
        await mark;
        workers.Queued.Remove(bytes);
        Interlocked.Decrement(ref _onTheirWay);
        return true;
    }
}
