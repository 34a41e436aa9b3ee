namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Reads the cluster's topology again whenever the known one is in doubt, and while a server is unreachable.</summary>
/// <param name="slots">The known topology.</param>
/// <param name="onMoved">Takes the slots that have another owner.</param>
/// <param name="time">The clock.</param>
internal sealed class TopologyWatch(SlotMap slots, Action<IReadOnlyList<int>> onMoved, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MinLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxLook = TimeSpan.FromSeconds(2);

    /// <summary>Watches until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                if (slots.IsCluster && slots.State != RedisState.Connected)
                {
                    pause.CancelAfter(LookAgain * (0.5 + Random.Shared.NextDouble()));
                }

                await slots.Doubts.WaitToReadAsync(pause.Token);
            }
            catch (OperationCanceledException)
            {
                // The host stops, or it is time to look again.
            }

            slots.Doubts.TryRead(out var shard);
            if (slots.IsCluster && !stopping.IsCancellationRequested)
            {
                await LookAsync(shard);

                // Otherwise, servers that disagree would redirect this node back and forth without a pause.
                await Task.Delay(MinLook, time, CancellationToken.None);
            }
        }
    }

    private async Task LookAsync(RedisShard? preferred)
    {
        if (slots.FindOpen(preferred) is not { Shard: { } shard, Connection: { } connection })
        {
            return;
        }

        try
        {
            onMoved(slots.Adopt(await RedisTopology.AskAsync(connection, shard.Endpoint, hello: null).WaitAsync(MaxLook), shard));
        }
        catch (Exception exception) when (RedisShard.IsFailure(exception))
        {
            // The next look reads it.
        }
    }
}
