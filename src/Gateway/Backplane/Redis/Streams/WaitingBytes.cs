namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>Bytes of all messages that Redis has yet to take, within a bound.</summary>
internal sealed class WaitingBytes(long most)
{
    private long _waiting;

    public long Count => Volatile.Read(ref _waiting);

    /// <returns>False, and nothing is added, if it would be too much.</returns>
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
