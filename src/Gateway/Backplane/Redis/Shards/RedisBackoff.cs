namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Pauses between attempts to connect: they double, within a bound, and vary by half, as nodes that lost Redis together should not come back together.</summary>
internal sealed class RedisBackoff(Random random)
{
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    private TimeSpan _pause = Least;

    public TimeSpan Next()
    {
        var pause = _pause * (0.5 + random.NextDouble());
        _pause = _pause * 2 < Most ? _pause * 2 : Most;
        return pause;
    }

    /// <summary>An attempt has succeeded.</summary>
    public void Reset() => _pause = Least;
}
