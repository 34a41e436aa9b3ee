using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Registration;

/// <summary>The registration of a hub class. Singleton.</summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class ServerlessHub<[DynamicallyAccessedMembers(HubMembers.Needed)] THub> : IServerlessHub
    where THub : Hub
{
    public ServerlessHub(
        HubRunner<THub> runner,
        GatewayClient<THub> gateway,
        IAuthorizationPolicyProvider policies,
        IOptions<HubOptions<THub>> hubOptions,
        IOptions<HubOptions> options)
    {
        Methods = HubMethods.Of(typeof(THub));
        if (Methods.TakingStreams.ToList() is { Count: > 0 } streams)
        {
            throw new NotSupportedException(
                $"{typeof(THub)}.{string.Join(", ", streams)}: a method that takes a stream from the client cannot run for an upstream request, which "
                + "carries one message. Send the items as calls, or run the hub as an app server.");
        }

        HubAccess.Validate(typeof(THub), Methods, policies);
        Runner = runner;
        Gateway = gateway;
        Access = new HubAccess(typeof(THub), policies);
        MaxMessageBytes = hubOptions.Value.MaximumReceiveMessageSize ?? options.Value.MaximumReceiveMessageSize ?? long.MaxValue;
        EnableDetailedErrors = hubOptions.Value.EnableDetailedErrors ?? options.Value.EnableDetailedErrors ?? false;
    }

    public string Name { get; } = HubName.Of(typeof(THub));

    public Type HubType => typeof(THub);

    public HubMethods Methods { get; }

    public HubAccess Access { get; }

    public IHubRunner Runner { get; }

    public GatewayClient Gateway { get; }

    public long MaxMessageBytes { get; }

    public bool EnableDetailedErrors { get; }
}
