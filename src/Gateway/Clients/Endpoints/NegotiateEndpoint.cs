using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// <c>POST /client/negotiate?hub=…&amp;negotiateVersion=1</c>: answers with a connection id, a connection token and the transports that
/// the client may use. The gateway keeps no state, because the token contains all of it (docs/contract/transports.md#negotiate).
/// </summary>
internal sealed class NegotiateEndpoint(ClientAuthenticator authenticator, AdmissionControl control, ConnectionIds ids)
{
    private const int HighestVersion = 1;

    public async Task HandleAsync(HttpContext context)
    {
        // The query's token is for transports that browsers open without headers; this request has headers.
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        var result = await authenticator.AuthenticateAsync(ClientRequest.Of(context, query));
        if (result.IsRefused)
        {
            await ClientResponses.RefuseAsync(context, result.Refusal);
            return;
        }

        if (control.Refuse(result.Client) is { } noRoom)
        {
            await ClientResponses.RefuseAsync(context, noRoom);
            return;
        }

        await AnswerAsync(context, query, result.Client);
    }

    /// <summary>Answers an admitted client with its connection id, its token and its transports.</summary>
    public async Task AnswerAsync(HttpContext context, ClientQuery query, AuthenticatedClient client)
    {
        var version = 0;
        var isStateful = query.WantsStatefulReconnect && client.Kind != ConnectionKind.LiveTrace;
        var body = new ArrayBufferWriter<byte>(512);
        if (query.NegotiateVersion is { } asked && !int.TryParse(asked, NumberStyles.Integer, CultureInfo.InvariantCulture, out version))
        {
            WriteError(body, "The client requested a non-integer protocol version.");
        }
        else if (version < 0)
        {
            WriteError(body, $"The client requested version '{version}', but the server does not support this version.");
        }
        else
        {
            var token = ids.CreateToken(client, isStateful, out var id);
            Write(body, Math.Min(version, HighestVersion), id, token, isStateful, client.Identity.Transports);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void Write(
        ArrayBufferWriter<byte> body, int version, string id, string token, bool isStateful, ClientTransports transports)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteNumber("negotiateVersion"u8, version);

        // In version 0 clients put the id into the transport's URL, so the token takes its place.
        json.WriteString("connectionId"u8, version == 0 ? token : id);
        if (version > 0)
        {
            json.WriteString("connectionToken"u8, token);
        }

        // The JavaScript client fails if it gets this property without having asked for it.
        if (isStateful)
        {
            json.WriteBoolean("useStatefulReconnect"u8, true);
        }

        json.WriteStartArray("availableTransports"u8);
        WriteTransport(json, transports, ClientTransports.WebSockets, binary: true);
        WriteTransport(json, transports, ClientTransports.ServerSentEvents, binary: false);
        WriteTransport(json, transports, ClientTransports.LongPolling, binary: true);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTransport(Utf8JsonWriter json, ClientTransports allowed, ClientTransports transport, bool binary)
    {
        if (!allowed.HasFlag(transport))
        {
            return;
        }

        json.WriteStartObject();
        json.WriteString("transport"u8, transport.ToString());
        json.WriteStartArray("transferFormats"u8);
        json.WriteStringValue("Text"u8);
        if (binary)
        {
            json.WriteStringValue("Binary"u8);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteError(ArrayBufferWriter<byte> body, string error)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("error"u8, error);
        json.WriteEndObject();
    }
}
