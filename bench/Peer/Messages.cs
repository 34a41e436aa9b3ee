namespace Serverless.Peer;

/// <summary>Where the upstream is, and whether it hears of clients that come and go.</summary>
internal sealed class PeerSettings
{
    public Uri Upstream { get; set; } = new("http://127.0.0.1:7071/");

    public bool ConnectionEvents { get; set; }
}

/// <summary>The body of <c>POST /broadcast</c>, the same that the gateway's REST API takes.</summary>
internal sealed record Broadcast(string Target, object?[] Arguments);

/// <summary>What goes to the upstream, field for field what the gateway forwards.</summary>
internal sealed record RelayRequest(string InvocationId, string[] Arguments);

/// <summary>What the upstream answers.</summary>
internal sealed record RelayResponse(string? Result);

/// <summary>Tells the upstream that a client came or went.</summary>
internal sealed record ConnectionEvent(string ConnectionId);
