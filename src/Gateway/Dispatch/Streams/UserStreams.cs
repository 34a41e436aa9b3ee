using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Dispatch.Streams;

/// <summary>
/// Counts the open streams of each user's connections to this node, so that one user cannot take all. A connection without a user
/// counts by itself. Safe for concurrent use.
/// </summary>
/// <param name="maxStreams">The number of streams that a user may have open.</param>
internal sealed class UserStreams(int maxStreams)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Hub, string? User, string? Connection), int> _open = [];

    public int MaxStreams { get; } = maxStreams;

    /// <summary>Adds a stream; false when the user has reached the limit. After true, the caller must call <see cref="Close"/>, once.</summary>
    public bool TryOpen(ClientConnection connection)
    {
        var key = KeyOf(connection);
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(key);
            if (open >= MaxStreams)
            {
                return false;
            }

            _open[key] = open + 1;
            return true;
        }
    }

    /// <summary>Removes a stream.</summary>
    public void Close(ClientConnection connection)
    {
        var key = KeyOf(connection);
        lock (_gate)
        {
            if (_open[key] == 1)
            {
                _open.Remove(key);
            }
            else
            {
                _open[key]--;
            }
        }
    }

    private static (string Hub, string? User, string? Connection) KeyOf(ClientConnection connection) =>
        (connection.Hub.Value, connection.UserId, connection.UserId is null ? connection.Id : null);
}
