namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>
/// Provides the pauses between attempts to connect: they double, within a bound, and vary by half, so that nodes that lost Redis at the same
/// time do not connect again at the same time.
/// </summary>
internal sealed class RedisBackoff(Random random)
{
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    private TimeSpan _pause = Least;

    public TimeSpan Next()
    {
        var pause = _pause * (0.5 + random.NextDouble());
        _pause = _pause * 2 < MaxPause ? _pause * 2 : MaxPause;
        return pause;
    }

    /// <summary>Starts again with the shortest pause, after an attempt has succeeded.</summary>
    public void Reset() => _pause = Least;
}
