namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Remembers connections that were not on their home nodes when a message was last sent to them. It holds only the latest ones, as hints that
/// may be outdated. Safe for many threads.
/// </summary>
internal sealed class AwayConnections
{
    private const int Room = 4096; // a power of two

    private readonly string?[] _ids = new string?[Room];

    public bool Contains(string connectionId) => Volatile.Read(ref Place(connectionId)) == connectionId;

    public void Add(string connectionId) => Volatile.Write(ref Place(connectionId), connectionId);

    public void Remove(string connectionId)
    {
        if (Contains(connectionId))
        {
            Volatile.Write(ref Place(connectionId), null);
        }
    }

    private ref string? Place(string connectionId) => ref _ids[string.GetHashCode(connectionId, StringComparison.Ordinal) & (Room - 1)];
}
