using System.Collections.Frozen;
using Serverless.Hubs.Descriptors;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Dispatch;

/// <summary>A hub as the dispatcher holds it: its methods by name and its way out to clients.</summary>
internal sealed class HubRuntime(HubDescriptor descriptor, GatewayClient gateway)
{
    private readonly HubGroups _groups = new(gateway);

    private readonly FrozenDictionary<string, HubMethod> _methods =
        descriptor.Methods.ToFrozenDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    public HubDescriptor Descriptor { get; } = descriptor;

    public HubMethod? Find(string method) => _methods.GetValueOrDefault(method);

    /// <summary>An instance for one request, with the services of that request's scope.</summary>
    public Hub Create(IServiceProvider services, HubCallerContext caller)
    {
        var hub = Descriptor.Create(services);
        hub.Context = caller;
        hub.Clients = new HubClients(gateway, caller.ConnectionId);
        hub.Groups = _groups;
        hub.UserGroups = _groups;
        return hub;
    }
}
