using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Execution;

namespace Serverless.Hubs.Registration;

/// <summary>
/// Adds the outermost hub filter, and lets hubs take any message that the gateway forwards: its limit holds unless the app sets a lower one.
/// </summary>
internal sealed class ServerlessHubOptionsSetup : IConfigureOptions<HubOptions>
{
    // A length or a terminator, and the invocation id that a call without one is given.
    private const int MaxFramingBytes = 64;

    private static readonly HubRunFilter Filter = new();

    public void Configure(HubOptions options)
    {
        options.AddFilter(Filter);
        options.MaximumReceiveMessageSize = ServerlessHubsOptions.DefaultMaxBodyBytes + MaxFramingBytes;
    }
}
