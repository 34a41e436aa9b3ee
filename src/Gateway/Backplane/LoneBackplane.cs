using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane;

/// <summary>Implements the backplane of a lone node, without Redis.</summary>
internal sealed class LoneBackplane : IBackplane
{
    public bool IsAlone => true;

    public BackplaneStatus Status => new(BackplaneStatus.NotConfigured);

    public DeliveryGuarantee Delivery => DeliveryGuarantee.AtMostOnce;

    public Func<BackplaneMessage, ValueTask>? Receive { get; set; }

    public Action<ReceiverSearch>? Unreached { get; set; }

    public ValueTask<Told> TellAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload) => ValueTask.FromResult(new Told(true));

    public ValueTask<Told> SeekAsync(ReceiverSearch search, ReadOnlyMemory<byte> payload, Task<bool>? isSent = null)
    {
        Unreached?.Invoke(search);
        return ValueTask.FromResult(new Told(true));
    }

    public void Deny(BackplaneMessage message, int reason)
    {
        // No other node searches.
    }

    public ValueTask SendSurelyAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload) => default;

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled) =>
        ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([]);

    public ValueTask<ReadOnlyMemory<byte>?> AskOneAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled) => new((ReadOnlyMemory<byte>?)null);

    public void Reply(BackplaneMessage request, ReadOnlyMemory<byte> payload)
    {
        // No other node asks.
    }

    public Task FenceAsync(TimeSpan limit) => Task.CompletedTask;

    public ValueTask<Claim> ClaimAsync(string connectionId, TimeSpan time) => ValueTask.FromResult(Claim.Granted);

    public void Joined(HubName hub, TargetKind kind, string name)
    {
        // No other node sends.
    }

    public void Left(HubName hub, TargetKind kind, string name)
    {
        // No other node sends.
    }

    public ValueTask SettledAsync() => default;
}
