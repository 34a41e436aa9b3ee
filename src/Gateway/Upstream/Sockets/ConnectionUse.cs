namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>
/// Represents the use of a connection by one attempt to send a request, and its result. The HTTP client does not reveal the connection, so the
/// streams below it find the use of the request that is being written in <see cref="Current"/>.
/// </summary>
internal sealed class ConnectionUse
{
    private static readonly AsyncLocal<ConnectionUse?> CurrentUse = new();

    private UpstreamConnection? _connection;
    private UpstreamSocket? _socket;
    private long _answered;
    private long _written;
    private bool _isReused;
    private bool _awaitsSocket;

    /// <summary>Gets or sets the use of the request that this asynchronous flow sends; null outside a request.</summary>
    public static ConnectionUse? Current
    {
        get => CurrentUse.Value;
        set => CurrentUse.Value = value;
    }

    /// <summary>Gets a value that indicates whether the attempt failed on a reused connection before the first byte of an answer arrived.</summary>
    public bool IsUnanswered => _isReused && _connection?.BytesRead == _answered;

    /// <summary>
    /// Gets a value that indicates whether the attempt failed in that way, and the upstream cannot have read a byte of the request: the
    /// connection had ended before the first byte was written, or the upstream's system has acknowledged only the bytes before the request.
    /// </summary>
    public bool IsUnread => IsUnanswered && (_socket is null || _socket.AcknowledgedAtEnd == _written);

    /// <summary>Starts the next attempt.</summary>
    public void Restart()
    {
        _connection = null;
        _socket = null;
        _isReused = false;
        _awaitsSocket = false;
    }

    /// <summary>Notes the connection of the request, before its first byte is written.</summary>
    /// <returns>False for the request's later writes.</returns>
    public bool TryBind(UpstreamConnection connection, bool isReused)
    {
        if (_connection == connection)
        {
            return false;
        }

        _connection = connection;
        _socket = null;
        _awaitsSocket = true;
        _isReused = isReused;
        _answered = connection.BytesRead;
        return true;
    }

    /// <summary>Notes the socket that bytes are written to, encrypted or not. The first ones after <see cref="TryBind"/> are the request's.</summary>
    public void Bind(UpstreamSocket socket)
    {
        if (_awaitsSocket)
        {
            _awaitsSocket = false;
            _socket = socket;
            _written = socket.BytesWritten;
        }
    }
}
