using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Listening;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// Stands before Kestrel's HTTP parser on every connection without TLS. A connection that opens with a good WebSocket upgrade to
/// /client is taken from here straight into its session, so that no HTTP request object stays alive for as long as the socket does
/// (about half of an idle socket's memory). Anything else, every refusal included, goes on to HTTP untouched.
/// </summary>
internal sealed class WebSocketFront(WebSocketAdmission admission, WebSocketRunner runner, AcceptedSockets sockets, PublicAddresses addresses)
{
    private readonly byte[][] _basePaths = [.. addresses.BasePaths.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Puts the front before the endpoint's HTTP.</summary>
    public void Use(ListenOptions endpoint) => endpoint.Use(next =>

        // This runs when the endpoint's pipeline is built, when TLS is known. A TLS endpoint speaks no plain text to anyone.
        endpoint.ToString()!.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            ? next
            : connection => RunAsync(connection, next));

    // Small on purpose: what this method holds, every open socket holds.
    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next) =>
        await (await TryStartSessionAsync(connection) ?? next(connection));

    // The running session, or null with nothing consumed.
    private async ValueTask<Task?> TryStartSessionAsync(ConnectionContext connection)
    {
        if (await TryReadUpgradeAsync(connection.Transport.Input, connection) is not { } upgrade)
        {
            return null;
        }

        var request = new WebSocketRequest(
            ClientQuery.Parse(upgrade.Query), upgrade.Authorization, new(upgrade.Host, []), upgrade.Origin, upgrade.Key, IpOf(connection))
        {
            ReportsRefusal = false,
        };
        if ((await admission.AdmitAsync(request)).Entry is not { } entry)
        {
            connection.Transport.Input.AdvanceTo(upgrade.Start);
            return null;
        }

        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is AcceptedSocket socket)
        {
            sockets.Began(socket);
        }

        connection.Transport.Input.AdvanceTo(upgrade.End);
        WebSocketUpgrade.WriteResponse(connection.Transport.Output, upgrade.Key!);
        try
        {
            await connection.Transport.Output.FlushAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has gone meanwhile; its session ends at the first read.
        }

        return runner.RunAsync(entry, connection.Features, connection.Transport);
    }

    // Null for a socket that has been reset meanwhile.
    private static IPAddress? IpOf(ConnectionContext connection)
    {
        try
        {
            return (connection.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint as IPEndPoint)?.Address;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    // Null, and nothing consumed, if the first bytes are anything but a whole upgrade request; on a hit the read stays open.
    private async ValueTask<UpgradeRequest?> TryReadUpgradeAsync(PipeReader input, ConnectionContext connection)
    {
        ReadResult result;
        try
        {
            // A connection that has not said anything yet must not keep the process from stopping.
            var closing = connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().ConnectionClosedRequested;
            using (closing.UnsafeRegister(static pipe => ((PipeReader)pipe!).CancelPendingRead(), input))
            {
                result = await input.ReadAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Reset or cut off before its first byte; HTTP meets the same and ends the connection.
            return null;
        }

        if (UpgradeRequest.TryParse(result.Buffer, out var upgrade, _basePaths))
        {
            return upgrade;
        }

        // Not examined either: HTTP gets these bytes at once.
        input.AdvanceTo(result.Buffer.Start);
        return null;
    }
}
