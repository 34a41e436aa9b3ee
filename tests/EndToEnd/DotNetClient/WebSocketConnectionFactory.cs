using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.EndToEnd.DotNetClient;

/// <summary>Replaces the client's own HTTP transports, whose package does not restore: negotiates, then opens a WebSocket.</summary>
/// <param name="url">The URL of the app's negotiate response.</param>
/// <param name="accessToken">The token of the app's negotiate response.</param>
/// <param name="negotiates">True to call the gateway's negotiate first.</param>
internal sealed class WebSocketConnectionFactory(Uri url, string accessToken, bool negotiates) : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var address = new UriBuilder(url) { Scheme = "ws" };
        if (negotiates)
        {
            address.Query += $"&id={await NegotiateAsync(cancellationToken)}";
        }

        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {accessToken}");
        try
        {
            await socket.ConnectAsync(address.Uri, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new Connection(socket);
    }

    private async Task<string> NegotiateAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var address = new UriBuilder(url) { Path = "/client/negotiate" };
        address.Query += "&negotiateVersion=1";
        using var request = new HttpRequestMessage(HttpMethod.Post, address.Uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return answer.RootElement.GetProperty("connectionToken").GetString()!;
    }

    /// <summary>Adapts a WebSocket to the pipes that the client reads and writes.</summary>
    private sealed class Connection : ConnectionContext, IDuplexPipe
    {
        private readonly Stream _stream;

        public Connection(ClientWebSocket socket)
        {
            _stream = WebSocketStream.Create(socket, WebSocketMessageType.Text, closeTimeout: TimeSpan.FromSeconds(5));
            Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
            Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(leaveOpen: true));
            Transport = this;
        }

        public PipeReader Input { get; }

        public PipeWriter Output { get; }

        public override string ConnectionId { get; set; } = "";

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override IDuplexPipe Transport { get; set; }

        public override async ValueTask DisposeAsync()
        {
            await Input.CompleteAsync();
            await Output.CompleteAsync();
            await _stream.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
