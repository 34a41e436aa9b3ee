using System.Net.ServerSentEvents;
using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Fuzz.Attacks;

/// <summary>A witness on a WebSocket.</summary>
internal sealed class SocketWitness : Witness
{
    private readonly HubPeer _peer;

    private SocketWitness(HubPeer peer)
        : base("WebSocket, " + peer.Protocol.Name, peer.Protocol)
    {
        _peer = peer;
        _ = ReadAsync(ReadToEndAsync);
    }

    public static async Task<Witness> ConnectAsync(FuzzedGateway gateway, HubProtocol protocol) =>
        new SocketWitness(await HubPeer.ConnectAsync(gateway.Address, Hub, Token, protocol));

    public override ValueTask DisposeAsync() => _peer.DisposeAsync();

    protected override Task SendAsync(ReadOnlyMemory<byte> message) =>
        _peer.SendFrameAsync(Protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, message.Span);

    private async Task ReadToEndAsync()
    {
        while (await _peer.NextAsync() is var text && text != "end")
        {
            Take(Protocol.IsBinary ? Convert.FromHexString(text) : Encoding.UTF8.GetBytes(text));
        }
    }
}

/// <summary>A witness that receives server-sent events and posts its messages.</summary>
internal sealed class EventWitness : Witness
{
    private readonly HttpClientPeer _peer;
    private readonly HttpResponseMessage _events;
    private readonly TaskCompletionSource _shaken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EventWitness(HttpClientPeer peer, HttpResponseMessage events)
        : base("server-sent events", HubProtocol.Json)
    {
        _peer = peer;
        _events = events;
        _ = ReadAsync(ReadToEndAsync);
    }

    public static async Task<Witness> ConnectAsync(FuzzedGateway gateway)
    {
        var peer = await HttpClientPeer.NegotiateAsync(gateway, Hub, Token);
        var events = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        Assert.Equal(200, (int)events.StatusCode);
        var witness = new EventWitness(peer, events);
        await witness.SendAsync(Encoding.UTF8.GetBytes(HttpClientPeer.JsonHandshake));
        await witness._shaken.Task.WaitAsync(Waits.Limit);
        return witness;
    }

    public override ValueTask DisposeAsync()
    {
        _events.Dispose();
        _peer.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override async Task SendAsync(ReadOnlyMemory<byte> message)
    {
        using var answer = await _peer.PostAsync(Encoding.UTF8.GetString(message.Span));
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private async Task ReadToEndAsync()
    {
        await using var body = await _events.Content.ReadAsStreamAsync();
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
        {
            if (!_shaken.TrySetResult())
            {
                TakeAll(Encoding.UTF8.GetBytes(item.Data));
            }
            else if (item.Data != "{}\u001e")
            {
                throw new InvalidOperationException(item.Data);
            }
        }
    }
}

/// <summary>A witness that polls and posts its messages.</summary>
internal sealed class PollWitness : Witness
{
    private readonly HttpClientPeer _peer;

    private PollWitness(HttpClientPeer peer)
        : base("long polling", HubProtocol.Json)
    {
        _peer = peer;
        _ = ReadAsync(ReadToEndAsync);
    }

    public static async Task<Witness> ConnectAsync(FuzzedGateway gateway) => new PollWitness(await HttpClientPeer.PollingAsync(gateway, Hub, Token));

    public override ValueTask DisposeAsync()
    {
        _peer.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override async Task SendAsync(ReadOnlyMemory<byte> message)
    {
        using var answer = await _peer.PostAsync(Encoding.UTF8.GetString(message.Span));
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private async Task ReadToEndAsync()
    {
        while (true)
        {
            TakeAll(Encoding.UTF8.GetBytes(await _peer.PollTextAsync()));
        }
    }
}
