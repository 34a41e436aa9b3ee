using System.Text.Json;
using Azure.Core;

namespace Serverless.Hubs.Management;

/// <summary>Represents the options of a <see cref="GatewayClient"/>. Retries, transport and diagnostics are those of Azure.Core.</summary>
public sealed class GatewayClientOptions : ClientOptions
{
    /// <summary>Initializes a new instance with 3 retries, the first after 0.2 seconds, and a network timeout of 30 seconds.</summary>
    public GatewayClientOptions()
    {
        // A client waits while its hub method awaits messages: Azure.Core's defaults, 0.8 s and 100 s, suit background work.
        Retry.Delay = TimeSpan.FromMilliseconds(200);
        Retry.MaxDelay = TimeSpan.FromSeconds(5);
        Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
    }

    /// <summary>Gets or sets the serializer options for arguments and results.</summary>
    /// <value>Default: camel case, as in SignalR's JSON protocol.</value>
    public JsonSerializerOptions SerializerOptions { get; set; } = HubJson.Default;

    /// <summary>Gets or sets the lifetime of a request's token.</summary>
    /// <value>Default 1 hour, as in the SDK of Azure SignalR Service.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets the application that the hub belongs to. Its clients negotiate for the hub <c>application_hub</c>.</summary>
    /// <value>Default none.</value>
    public string? Application { get; set; }

    /// <summary>Gets or sets the scope that an identity's token is requested for.</summary>
    /// <value>Default <c>https://signalr.azure.com/.default</c>, as in the SDK of Azure SignalR Service.</value>
    public string Scope { get; set; } = "https://signalr.azure.com/.default";

    /// <summary>Gets or sets the clock for the times in tokens.</summary>
    /// <value>Default <see cref="TimeProvider.System"/>.</value>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
