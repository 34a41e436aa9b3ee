using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>Calls the REST API like an SDK: with a token per request, whose audience is the request's URL without port and query.</summary>
internal sealed class RestCaller(Uri gateway)
{
    private static readonly HttpClient Http = new(MemoryNetwork.CreateHandler());

    /// <summary>Sends a request; the path is sent unchanged.</summary>
    public async Task<RestAnswer> SendAsync(string method, string target, string? json = null, string? token = null) =>
        await SendAsync(method, target, json is null ? null : Content(Encoding.UTF8.GetBytes(json), "application/json"), token);

    public async Task<RestAnswer> SendAsync(
        string method, string target, HttpContent? content, string? token = null, IEnumerable<(string Name, string Value)>? headers = null)
    {
        var uri = new Uri($"{gateway.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token(target));
        foreach (var (name, value) in headers ?? [])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request, Waits.Limited());
        return new RestAnswer(
            (int)response.StatusCode,
            response.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.Single() : null,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.ToString())
        {
            RetryAfter = response.Headers.RetryAfter?.ToString(),
        };
    }

    public async Task<int> StatusAsync(string method, string target, string? json = null) => (await SendAsync(method, target, json)).Status;

    /// <summary>Sends a message and asserts that it is accepted.</summary>
    public async Task SendMessageAsync(string path, string target, string arguments = "[]")
    {
        var answer = await SendAsync("POST", path, $$"""{"Target":"{{target}}","Arguments":{{arguments}}}""");
        Assert.Equal((202, null), (answer.Status, answer.Code));
    }

    public static ByteArrayContent Content(byte[] body, string mediaType)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return content;
    }

    public static string Token(string target, string key = GatewayFixture.Key, string? audience = null, TimeSpan? lifetime = null) =>
        AccessTokens.Create(
            key, audience ?? $"http://127.0.0.1{target.Split('?')[0]}", DateTimeOffset.UtcNow, lifetime ?? TimeSpan.FromHours(1));
}

/// <summary>A response of the REST API.</summary>
internal sealed record RestAnswer(int Status, string? Code, string Body, string? ContentType)
{
    /// <summary>The time after which to retry, in seconds.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>Returns a property of the error body.</summary>
    public string? Detail(string name)
    {
        using var json = JsonDocument.Parse(Body);
        return json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
