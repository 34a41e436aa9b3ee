using System.Buffers;
using System.Text.Json;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Management;

/// <summary>
/// Serves <c>GET|HEAD /api/health</c> (and <c>/api/v1/health</c>), without a token, as SDKs request it: 200 while the gateway serves. The body
/// reports the state of the gateway's dependencies.
/// </summary>
internal static class HealthEndpoint
{
    public static async Task HandleAsync(
        HttpContext context,
        ConnectionTable table,
        ClientCapacity capacity,
        AcceptedSockets sockets,
        QueuedBytes queued,
        IUserGroupStore store,
        IBackplane backplane)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var body = new ArrayBufferWriter<byte>(128);
        Write(body, table, capacity, sockets, queued, store, backplane);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void Write(
        ArrayBufferWriter<byte> body,
        ConnectionTable table,
        ClientCapacity capacity,
        AcceptedSockets sockets,
        QueuedBytes queued,
        IUserGroupStore store,
        IBackplane backplane)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("status"u8, "Healthy"u8);
        json.WriteString("node"u8, table.Node.Value);
        json.WriteNumber("connections"u8, table.Count);
        json.WriteNumber("maxConnections"u8, capacity.MaxClients);
        json.WriteNumber("sockets"u8, sockets.Count);
        json.WriteNumber("maxSockets"u8, sockets.MaxSockets);
        json.WriteNumber("queuedBytes"u8, queued.Held);
        json.WriteNumber("maxQueuedBytes"u8, queued.MaxBytes);
        if (capacity.FullBecause is { } reason)
        {
            json.WriteString("refusesClients"u8, reason);
        }

        WriteBackplane(json, backplane);
        json.WriteString("store"u8, store.State);
        json.WriteString("storeKind"u8, store.Kind.ToString());
        json.WriteEndObject();
    }

    private static void WriteBackplane(Utf8JsonWriter json, IBackplane backplane)
    {
        var status = backplane.Status;
        json.WriteString("redis"u8, status.State);
        if (!backplane.IsAlone)
        {
            json.WriteString("delivery"u8, backplane.Delivery.ToString());
            json.WriteNumber("waitingBytes"u8, status.WaitingBytes);
            json.WriteNumber("losses"u8, status.Losses);
        }
    }
}
