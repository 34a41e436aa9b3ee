using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Represents options for how hubs receive upstream requests and send requests to the gateway.</summary>
public sealed class ServerlessHubsOptions
{
    /// <summary>The configuration key of the connection string. Azure Functions' SignalR extension reads the same key.</summary>
    public const string ConnectionStringKey = "AzureSignalRConnectionString";

    /// <summary>The configuration key that <c>AddAzureSignalR()</c> reads, which is used where the other is absent.</summary>
    public const string AppServerConnectionStringKey = "Azure:SignalR:ConnectionString";

    /// <summary>
    /// The default of <see cref="MaxBodyBytes"/>: 1 MiB, the largest message that the gateway accepts from a client by default, plus 64 KiB
    /// that re-encoding the message may add.
    /// </summary>
    public const int DefaultMaxBodyBytes = (1024 + 64) * 1024;

    /// <summary>Gets or sets the gateway's connection string.</summary>
    /// <value>
    /// Default: the configuration value <c>AzureSignalRConnectionString</c>. If it is absent and the environment is Development, the
    /// connection string of a gateway at <c>http://localhost:8888</c> with the local emulator's well-known key.
    /// </value>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets the size of the largest upstream body to read. A larger body is answered with 413.</summary>
    /// <value>Default 1,114,112 bytes.</value>
    public int MaxBodyBytes { get; set; } = DefaultMaxBodyBytes;

    /// <summary>
    /// Gets or sets a value that indicates whether a request without <c>X-Gateway-Signature</c> is answered with 401. That header signs the
    /// user, the claims, the event, the body and the time, whereas <c>X-ASRS-Signature</c> signs only the connection id. A request with the
    /// header is always verified.
    /// </summary>
    /// <value>
    /// Default false, because the service and its emulator do not send the header. Set it where this project's gateway is the only sender.
    /// </value>
    public bool RequireRequestSignature { get; set; }

    /// <summary>
    /// Gets or sets the maximum age of an <c>X-Gateway-Signature</c>, and how far the gateway's clock may be ahead. A signature outside of
    /// this tolerance is answered with 401.
    /// </summary>
    /// <value>Default 5 minutes.</value>
    public TimeSpan RequestSignatureTolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets or sets a callback for each negotiate request, which can change the client's user, claims and token lifetime, or refuse the client.
    /// </summary>
    /// <value>Default null: the request's user decides.</value>
    public Func<NegotiateContext, ValueTask>? OnNegotiate { get; set; }

    /// <summary>Gets the options for requests to the gateway: retries, transport and diagnostics.</summary>
    public GatewayClientOptions Gateway { get; } = new();
}
