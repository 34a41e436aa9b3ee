using System.Text.Json;
using Azure.Core;

namespace Serverless.Hubs.Management;

/// <summary>How a <see cref="GatewayClient"/> talks to the gateway: retries, transport and diagnostics are those of Azure.Core.</summary>
public sealed class GatewayClientOptions : ClientOptions
{
    /// <summary>Default options: 3 retries, the first after 0.2 seconds, and 30 seconds for the gateway to answer.</summary>
    public GatewayClientOptions()
    {
        // A hub method waits for its messages, and behind it the client: Azure.Core's own 0.8 s and 100 s are for background work.
        Retry.Delay = TimeSpan.FromMilliseconds(200);
        Retry.MaxDelay = TimeSpan.FromSeconds(5);
        Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
    }

    /// <summary>Options with which the arguments of messages are written.</summary>
    /// <value>Default: camel case, as SignalR's JSON protocol has it.</value>
    public JsonSerializerOptions SerializerOptions { get; set; } = HubJson.Default;

    /// <summary>How long a request's token is valid.</summary>
    /// <value>Default 1 hour, as the SDK's.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The application that the hub belongs to; its clients negotiate for the hub <c>application_hub</c>.</summary>
    /// <value>Default none.</value>
    public string? Application { get; set; }

    /// <summary>What an identity's token is asked for.</summary>
    /// <value>Default <c>https://signalr.azure.com/.default</c>, as the SDK's.</value>
    public string Scope { get; set; } = "https://signalr.azure.com/.default";

    /// <summary>The clock that tokens are dated by.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
