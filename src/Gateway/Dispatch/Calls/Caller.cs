using System.Diagnostics;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>A connection whose calls go upstream: the state that its calls share. The running call alone writes it, but for <see cref="WhyOver"/>.</summary>
/// <param name="connection">The connection.</param>
/// <param name="sender">The part of its requests that does not change.</param>
internal sealed class Caller(ClientConnection connection, UpstreamSender sender)
{
    private int _sequence;

    // Written by the connection's reader.
    private volatile ActivityLink[]? _links;

    /// <summary>Gets the connection.</summary>
    public ClientConnection Connection { get; } = connection;

    /// <summary>Gets the part of its requests that does not change.</summary>
    public UpstreamSender Sender { get; } = sender;

    /// <summary>
    /// Gets or sets the reason for which no further event of the connection goes upstream, its disconnected event included: a reason of
    /// undelivered events; null while its events go there. The reader sets it too, when other nodes have reported the connection's end.
    /// </summary>
    public string? WhyOver { get; set; }

    /// <summary>Gets or sets the links of its calls' spans; null when there are none.</summary>
    public ActivityLink[]? Links
    {
        get => _links;
        set => _links = value;
    }

    /// <summary>Returns the place of the next event, from 1.</summary>
    public int NextSequence() => ++_sequence;
}
