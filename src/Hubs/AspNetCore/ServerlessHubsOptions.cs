using System.Text.Json;
using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>How hubs receive calls and reach the gateway.</summary>
public sealed class ServerlessHubsOptions
{
    /// <summary>The configuration key of the connection string, the one that Azure Functions' SignalR extension reads.</summary>
    public const string ConnectionStringKey = "AzureSignalRConnectionString";

    /// <summary>
    /// 1 MiB, the largest message that the gateway takes from a client by default, and 64 KiB for what writing it anew may add.
    /// </summary>
    public const int DefaultMaxBodyBytes = (1024 + 64) * 1024;

    /// <summary>The gateway's connection string.</summary>
    /// <value>
    /// Default: the configuration's <c>AzureSignalRConnectionString</c>; without it, in the Development environment alone, that of a gateway at
    /// <c>http://localhost:8888</c> with the local emulator's well-known key.
    /// </value>
    public string? ConnectionString { get; set; }

    /// <summary>The largest upstream body that is read; a larger one is answered with 413.</summary>
    /// <value>Default 1,114,112 bytes.</value>
    public int MaxBodyBytes { get; set; } = DefaultMaxBodyBytes;

    /// <summary>
    /// Whether a request without <c>X-Gateway-Signature</c> is answered with 401. That header signs the user, the claims, the event and the body
    /// and dates them, where <c>X-ASRS-Signature</c> signs the connection id alone. A request that has the header is verified in any case.
    /// </summary>
    /// <value>Default false, as the service and its emulator do not send it. Set it where this project's gateway is the only sender.</value>
    public bool RequireRequestSignature { get; set; }

    /// <summary>
    /// How old an <c>X-Gateway-Signature</c> may be, and how far the gateway's clock may be ahead; beyond it the answer is 401.
    /// </summary>
    /// <value>Default 5 minutes.</value>
    public TimeSpan RequestSignatureTolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Options with which arguments are read and results and messages are written. Add a <c>JsonSerializerContext</c> to
    /// <c>TypeInfoResolverChain</c> for programs that are compiled ahead of time.
    /// </summary>
    public JsonSerializerOptions Json { get; } = HubJson.Create();

    /// <summary>Policies that <see cref="HubAuthorizeAttribute.Policy"/> names. One that is named and missing stops the app's start.</summary>
    public Dictionary<string, HubPolicy> Policies { get; } = new Dictionary<string, HubPolicy>(StringComparer.Ordinal);

    /// <summary>Retries, transport and diagnostics of requests to the gateway. Its serializer options are <see cref="Json"/>.</summary>
    public GatewayClientOptions Gateway { get; } = new();
}
