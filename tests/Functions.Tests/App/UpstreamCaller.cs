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

    /// <summary>The hub's name.</summary>
    public string Hub { get; init; } = "chat";

    /// <summary>The path of the upstream requests; hub, category and event follow.</summary>
    public string Path { get; init; } = "/api/upstream";

    /// <summary>What follows the path.</summary>
    public string PathQuery { get; init; } = "";

    /// <summary>The claims of the user.</summary>
    public IReadOnlyList<(string Type, string Value)> Claims { get; init; } = [];

    /// <summary>The query with which the client connected.</summary>
    public string? Query { get; init; }

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
        using var request = Create(category, name, body, contentType, signed);
        using var answer = await client.SendAsync(request);
        return new Answer(answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Sends a call, and returns the response as soon as it has begun.</summary>
    public async Task<HttpResponseMessage> StreamAsync(string target, object?[] arguments, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { type = 4, invocationId = "1", target, arguments });
        using var request = Create("messages", target, body, Json);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private HttpRequestMessage Create(string category, string name, byte[] body, string contentType, bool signed = true)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(client.BaseAddress!, $"{Path}/{Hub}/{category}/{Uri.EscapeDataString(name)}{PathQuery}"));
        request.Headers.Add("X-ASRS-Connection-Id", connectionId);
        request.Headers.Add("X-ASRS-Hub", Hub);
        request.Headers.Add("X-ASRS-Category", category);
        List<string> encoded = [];
        AddText("X-ASRS-Event", name, Encode(name));
        if (userId is not null)
        {
            AddText("X-ASRS-User-Id", userId, Encode(userId));
        }

        if (Claims.Count > 0)
        {
            AddText(
                "X-ASRS-User-Claims",
                string.Join(", ", Claims.Select(claim => $"{claim.Type}: {claim.Value}")),
                string.Join(", ", Claims.Select(claim => $"{Encode(claim.Type)}: {Encode(claim.Value)}")));
        }

        if (Query is not null)
        {
            AddText("X-ASRS-Client-Query", Query, Encode(Query));
        }

        if (encoded.Count > 0)
        {
            request.Headers.Add("X-Gateway-Encoded-Headers", string.Join(", ", encoded));
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
        return request;

        // A value of printable ASCII goes as it is; any other is percent-encoded whole, and a header lists the headers so encoded.
        void AddText(string header, string value, string escaped)
        {
            var isPlain = value.All(character => character is >= ' ' and <= '~') && value.Trim() == value;
            request.Headers.TryAddWithoutValidation(header, isPlain ? value : escaped);
            if (!isPlain)
            {
                encoded.Add(header);
            }
        }
    }

    private static string Encode(string text) => Uri.EscapeDataString(text);
}
