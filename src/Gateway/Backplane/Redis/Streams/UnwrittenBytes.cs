namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>Counts the bytes of all messages that Redis has not taken yet, within a bound. Safe for many threads.</summary>
internal sealed class UnwrittenBytes(long most)
{
    private long _waiting;

    public long Count => Volatile.Read(ref _waiting);

    /// <summary>Adds the bytes of a message.</summary>
    /// <returns>False if the bound would be exceeded; nothing is added then.</returns>
    public bool TryAdd(int bytes)
    {
        if (Interlocked.Add(ref _waiting, bytes) <= most)
        {
            return true;
        }

        Remove(bytes);
        return false;
    }

    public void Remove(int bytes) => Interlocked.Add(ref _waiting, -bytes);
}
