namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>
/// The connection that one attempt to send a request was written to, and what came of it. The HTTP client does not tell; the streams below
/// it find the use of the request that is being written in <see cref="Current"/>.
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

    /// <summary>The use of the request that this asynchronous flow sends; null outside a request.</summary>
    public static ConnectionUse? Current
    {
        get => CurrentUse.Value;
        set => CurrentUse.Value = value;
    }

    /// <summary>It failed on a connection that had served an earlier request, before a byte of an answer had come.</summary>
    public bool IsUnanswered => _isReused && _connection?.BytesRead == _answered;

    /// <summary>
    /// It failed so, and the upstream cannot have read a byte of it: the connection had ended before the first byte was written, or the
    /// upstream's system has acknowledged everything before the request and nothing of it.
    /// </summary>
    public bool IsUnread => IsUnanswered && (_socket is null || _socket.AcknowledgedAtEnd == _written);

    /// <summary>The next attempt.</summary>
    public void Restart()
    {
        _connection = null;
        _socket = null;
        _isReused = false;
        _awaitsSocket = false;
    }

    /// <summary>The request goes to this connection; before its first byte.</summary>
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

    /// <summary>Bytes, encrypted or not, are written to this socket. The first after <see cref="TryBind"/> are the request's.</summary>
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
