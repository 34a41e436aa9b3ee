using System.IO.Pipelines;
using System.Net;
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
/// Runs before Kestrel's HTTP parser on every connection without TLS. A connection that opens with an admitted WebSocket upgrade to
/// /client goes straight into its session, so that no HTTP request object lives as long as the socket (about half of an idle socket's
/// memory). Every other connection, with every refusal, continues to HTTP unchanged.
/// </summary>
internal sealed class WebSocketFront(WebSocketAdmission admission, WebSocketRunner runner, AcceptedSockets sockets, PublicAddresses addresses)
{
    private readonly byte[][] _basePaths = [.. addresses.BasePaths.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Adds the front to an endpoint, before HTTP.</summary>
    public void Use(ListenOptions endpoint) => endpoint.Use(next =>

        // Kestrel calls this when it builds the endpoint's pipeline and knows whether the endpoint uses TLS.
        endpoint.ToString()!.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            ? next
            : connection => RunAsync(connection, next));

    // Small on purpose: every open socket keeps the state of this method.
    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next) =>
        await (await TryStartSessionAsync(connection) ?? next(connection));

    // Returns the running session; null, with no bytes consumed, where HTTP must handle the connection.
    private async ValueTask<Task?> TryStartSessionAsync(ConnectionContext connection)
    {
        if (await TryReadUpgradeAsync(connection.Transport.Input, connection) is not { } upgrade)
        {
            return null;
        }

        var request = new WebSocketRequest(
            ClientQuery.Parse(upgrade.Query), upgrade.Authorization, new(upgrade.Host, []), upgrade.Origin, upgrade.Key, (connection.RemoteEndPoint as IPEndPoint)?.Address)
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
            // The client has gone; its session ends at the first read.
        }

        return runner.RunAsync(entry, connection.Features, connection.Transport);
    }

    // Returns null, with no bytes consumed, unless the first bytes are a whole upgrade request; then the read stays open.
    private async ValueTask<UpgradeRequest?> TryReadUpgradeAsync(PipeReader input, ConnectionContext connection)
    {
        ReadResult result;
        try
        {
            // A connection that has sent no bytes yet must not keep the process from stopping.
            var closing = connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().ConnectionClosedRequested;
            using (closing.UnsafeRegister(static pipe => ((PipeReader)pipe!).CancelPendingRead(), input))
            {
                result = await input.ReadAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection was reset before its first byte; HTTP gets the same error and ends the connection.
            return null;
        }

        if (UpgradeRequest.TryParse(result.Buffer, out var upgrade, _basePaths))
        {
            return upgrade;
        }

        // The bytes are not marked as examined either, so that HTTP reads them at once.
        input.AdvanceTo(result.Buffer.Start);
        return null;
    }
}
