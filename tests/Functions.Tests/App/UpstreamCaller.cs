using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Tests.App;

/// <summary>Sends the gateway's upstream requests for one client. The signature is computed here, from its description.</summary>
internal sealed class UpstreamCaller(HttpClient client, string connectionId, string? userId, string accessKey = RecordingGateway.AccessKey)
{
    private const string Json = "application/json";

    /// <summary>The response to an upstream request.</summary>
    public sealed record Answer(HttpStatusCode Status, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);
    }

    public Task<Answer> ConnectedAsync() => SendAsync("connections", "connected", "{\"type\":10}"u8.ToArray(), Json);

    public Task<Answer> DisconnectedAsync() => SendAsync("connections", "disconnected", "{\"Type\":11}"u8.ToArray(), Json);

    /// <summary>Sends a call that expects a completion, with the id 1.</summary>
    public Task<Answer> InvokeAsync(string target, params object?[] arguments) => SendAsync(
        "messages", target, JsonSerializer.SerializeToUtf8Bytes(new { type = 1, invocationId = "1", target, arguments }), Json);

    public async Task<Answer> SendAsync(string category, string name, byte[] body, string contentType, bool signed = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/upstream/chat/{category}/{name}");
        request.Headers.Add("X-ASRS-Connection-Id", connectionId);
        request.Headers.Add("X-ASRS-Hub", "chat");
        request.Headers.Add("X-ASRS-Category", category);
        request.Headers.Add("X-ASRS-Event", name);
        if (userId is not null)
        {
            request.Headers.Add("X-ASRS-User-Id", userId);
        }

        if (signed)
        {
            // sha256= and the hex HMAC-SHA256 of the connection id, with the access key's text as the key:
            // docs/contract/upstream-requests.md#x-asrs-signature
            var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(accessKey), Encoding.UTF8.GetBytes(connectionId));
            request.Headers.Add("X-ASRS-Signature", $"sha256={Convert.ToHexString(mac)}");
        }

        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var answer = await client.SendAsync(request);
        return new Answer(answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }
}
