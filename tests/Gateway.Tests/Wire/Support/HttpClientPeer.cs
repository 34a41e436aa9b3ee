using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A long-polling or SSE client, request by request: negotiates, polls or streams, posts, deletes.</summary>
internal sealed class HttpClientPeer : IDisposable
{
    public const string JsonHandshake = "{\"protocol\":\"json\",\"version\":1}\u001e";

    private readonly string _token;

    private HttpClientPeer(HttpMessageHandler handler, Uri address, string hub, string token)
    {
        Http = new HttpClient(handler) { BaseAddress = address };
        Hub = hub;
        _token = token;
    }

    public HttpClient Http { get; }

    public string Hub { get; }

    /// <summary>The path and query of the connection.</summary>
    public string Target { get; private set; } = "";

    /// <summary>The public connection id.</summary>
    public string Id { get; private set; } = "";

    public static Task<HttpClientPeer> NegotiateAsync(GatewayFixture gateway, string hub, string? token = null) =>
        NegotiateAsync(MemoryNetwork.CreateHandler(), gateway.Address, hub, token);

    /// <summary>Negotiates through a handler that selects the node of each request.</summary>
    public static async Task<HttpClientPeer> NegotiateAsync(HttpMessageHandler handler, Uri address, string hub, string? token = null)
    {
        var peer = new HttpClientPeer(handler, address, hub, token ?? GatewayFixture.ClientToken(hub));
        using var response = await peer.SendAsync(HttpMethod.Post, $"/client/negotiate?hub={hub}&negotiateVersion=1");
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        peer.Id = json.RootElement.GetProperty("connectionId").GetString()!;
        peer.Target = $"/client/?hub={hub}&id={json.RootElement.GetProperty("connectionToken").GetString()}";
        return peer;
    }

    /// <summary>Connects with long polling and completes the handshake.</summary>
    public static async Task<HttpClientPeer> PollingAsync(GatewayFixture gateway, string hub, string? token = null)
    {
        var peer = await NegotiateAsync(gateway, hub, token);
        (await peer.PollAsync()).Dispose();
        (await peer.PostAsync(JsonHandshake)).Dispose();
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        return peer;
    }

    public Task<HttpResponseMessage> PollAsync() => SendAsync(HttpMethod.Get, Target);

    public async Task<string> PollTextAsync()
    {
        using var response = await PollAsync();
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string text) => SendAsync(HttpMethod.Post, Target, new ByteArrayContent(Encoding.UTF8.GetBytes(text)));

    public Task<HttpResponseMessage> DeleteAsync() => SendAsync(HttpMethod.Delete, Target);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, HttpContent? content = null, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, target) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Waits.Limited());
    }

    public void Dispose() => Http.Dispose();
}
