using System.Text.Json;
using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>How hubs receive calls and reach the gateway.</summary>
public sealed class ServerlessHubsOptions
{
    /// <summary>The configuration key of the connection string, the one that Azure Functions' SignalR extension reads.</summary>
    public const string ConnectionStringKey = "AzureSignalRConnectionString";

    /// <summary>1 MiB, the largest message that the gateway takes from a client by default.</summary>
    public const int DefaultMaxBodyBytes = 1024 * 1024;

    /// <summary>The gateway's connection string.</summary>
    /// <value>Default: the configuration's <c>AzureSignalRConnectionString</c>.</value>
    public string? ConnectionString { get; set; }

    /// <summary>The largest upstream body that is read; a larger one is answered with 413.</summary>
    /// <value>Default 1,048,576 bytes.</value>
    public int MaxBodyBytes { get; set; } = DefaultMaxBodyBytes;

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
