namespace Serverless.Peer;

/// <summary>The settings: the upstream's address, and whether it receives connection events.</summary>
internal sealed class PeerSettings
{
    public Uri Upstream { get; set; } = new("http://127.0.0.1:7071/");

    public bool ConnectionEvents { get; set; }
}

/// <summary>The body of <c>POST /broadcast</c>, the same as in the gateway's REST API.</summary>
internal sealed record Broadcast(string Target, object?[] Arguments);

/// <summary>The body of a request to the upstream, with the same fields as the gateway's.</summary>
internal sealed record RelayRequest(string InvocationId, string[] Arguments);

/// <summary>The body of the upstream's response.</summary>
internal sealed record RelayResponse(string? Result);

/// <summary>The body of a connection event.</summary>
internal sealed record ConnectionEvent(string ConnectionId);
