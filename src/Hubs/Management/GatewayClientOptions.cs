using System.Text.Json;
using Azure.Core;

namespace Serverless.Hubs.Management;

/// <summary>How a <see cref="GatewayClient"/> talks to the gateway: retries, transport and diagnostics are those of Azure.Core.</summary>
public sealed class GatewayClientOptions : ClientOptions
{
    /// <summary>Options with which the arguments of messages are written.</summary>
    /// <value>Default: camel case, as SignalR's JSON protocol has it.</value>
    public JsonSerializerOptions SerializerOptions { get; set; } = HubJson.Default;

    /// <summary>How long a request's token is valid.</summary>
    /// <value>Default 1 hour, as the SDK's.</value>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The clock that tokens are dated by.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}
