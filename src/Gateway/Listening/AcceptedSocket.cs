using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Serverless.Gateway.Listening;

/// <summary>
/// Represents a socket that the node has accepted. It is counted for exactly as long as its descriptor is open, and waits in a line of
/// <see cref="AcceptedSockets"/> while it serves no request.
/// </summary>
internal sealed class AcceptedSocket : Socket
{
    private readonly AcceptedSockets _sockets;
    private int _released;

    private AcceptedSocket(SafeSocketHandle handle, AcceptedSockets sockets)
        : base(handle) => _sockets = sockets;

    /// <summary>True once its descriptor is closed. Written under the lock of <see cref="AcceptedSockets"/>.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>The line that contains it; null while a request or a session runs on it. Written under the lock of <see cref="AcceptedSockets"/>.</summary>
    internal SocketLine? Line { get; set; }

    /// <summary>The socket before it in its line.</summary>
    internal AcceptedSocket? Previous { get; set; }

    /// <summary>The socket after it in its line.</summary>
    internal AcceptedSocket? Next { get; set; }

    /// <summary>The time at which it joined its line, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    internal long Since { get; set; }

    /// <summary>Takes over the descriptor of an accepted socket.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "The descriptor belongs to the new socket; the finalizer of the old one would close it.")]
    public static AcceptedSocket From(Socket accepted, AcceptedSockets sockets)
    {
        GC.SuppressFinalize(accepted);
        AcceptedSocket socket;
        try
        {
            socket = new AcceptedSocket(accepted.SafeHandle, sockets);
        }
        catch
        {
            accepted.Dispose();
            throw;
        }

        sockets.Opened(socket);
        return socket;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            // Null if the constructor failed and the finalizer calls this.
            _sockets?.Closed(this);
        }
    }
}
