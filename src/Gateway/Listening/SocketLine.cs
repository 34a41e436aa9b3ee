namespace Serverless.Gateway.Listening;

/// <summary>
/// Represents a line of sockets in the order in which they joined, as a list linked through the sockets. Used under the lock of
/// <see cref="AcceptedSockets"/>.
/// </summary>
internal sealed class SocketLine
{
    private AcceptedSocket? _last;

    /// <summary>The socket that joined first.</summary>
    public AcceptedSocket? First { get; private set; }

    /// <summary>The number of sockets.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a socket at the end.</summary>
    public void Add(AcceptedSocket socket, long now)
    {
        socket.Line = this;
        socket.Since = now;
        socket.Previous = _last;
        if (_last is null)
        {
            First = socket;
        }
        else
        {
            _last.Next = socket;
        }

        _last = socket;
        Count++;
    }

    /// <summary>Removes a socket, which must be in this line.</summary>
    public void Remove(AcceptedSocket socket)
    {
        if (socket.Previous is { } previous)
        {
            previous.Next = socket.Next;
        }
        else
        {
            First = socket.Next;
        }

        if (socket.Next is { } next)
        {
            next.Previous = socket.Previous;
        }
        else
        {
            _last = socket.Previous;
        }

        socket.Line = null;
        socket.Previous = null;
        socket.Next = null;
        Count--;
    }
}
