using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Listening;

/// <summary>Binds the gateway's TCP endpoints. Endpoints of other kinds are left to Kestrel's own transport.</summary>
internal sealed class GatewayListenerFactory(
    IOptions<SocketTransportOptions> options, AcceptedSockets sockets, TimeProvider time, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const string LogCategory = "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets";

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var transport = options.Value;
        Socket socket;
        try
        {
            socket = transport.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        socket.Listen(transport.Backlog);
        var connections = new SocketConnectionContextFactory(OptionsOf(transport), loggers.CreateLogger(LogCategory));
        return ValueTask.FromResult<IConnectionListener>(new GatewayListener(socket, connections, transport.NoDelay, sockets, time));
    }

    // As in Kestrel's own listener. The public constructor omits Kestrel's memory pool, without which no response is written.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SocketConnectionFactoryOptions OptionsOf(SocketTransportOptions transport);
}
