using System.Collections.Frozen;
using Serverless.Hubs.Descriptors;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Dispatch;

/// <summary>The dispatcher's view of a hub: its methods by name, its filters, and its client of the gateway's REST API.</summary>
internal sealed class HubRuntime(HubDescriptor descriptor, GatewayClient gateway, IEnumerable<HubFilterRegistration> registered)
{
    private readonly HubGroups _groups = new(gateway);
    private readonly Presence _presence = new(gateway);

    private readonly FrozenDictionary<string, HubMethod> _methods =
        descriptor.Methods.ToFrozenDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    private readonly HubFilterRegistration[] _filters =
        [.. registered.Where(filter => filter.HubType is null), .. registered.Where(filter => filter.HubType == descriptor.HubType)];

    public HubDescriptor Descriptor { get; } = descriptor;

    public HubMethod? Find(string method) => _methods.GetValueOrDefault(method);

    /// <summary>Runs a method within the filters; the first registered filter is the outermost.</summary>
    public ValueTask InvokeAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> method) =>
        Nest(context.ServiceProvider, method, static (filter, next) => context => filter.InvokeMethodAsync(context, next))(context);

    /// <summary>Runs the hub's <see cref="Hub.OnConnectedAsync"/> within the filters.</summary>
    public Task ConnectAsync(HubLifetimeContext context) => Nest(
        context.ServiceProvider,
        (Func<HubLifetimeContext, Task>)(static context => context.Hub.OnConnectedAsync()),
        static (filter, next) => context => filter.OnConnectedAsync(context, next))(context);

    /// <summary>Runs the hub's <see cref="Hub.OnDisconnectedAsync"/> within the filters.</summary>
    public Task DisconnectAsync(HubLifetimeContext context, string? error) => Nest(
        context.ServiceProvider,
        (Func<HubLifetimeContext, string?, Task>)(static (context, error) => context.Hub.OnDisconnectedAsync(error)),
        static (filter, next) => (context, error) => filter.OnDisconnectedAsync(context, error, next))(context, error);

    /// <summary>Determines whether the caller may call a method, or connect if <paramref name="method"/> is null.</summary>
    public async ValueTask<HubAccess> AuthorizeAsync(
        HubCallerContext caller, IServiceProvider services, ServerlessHubsOptions options, HubMethod? method)
    {
        foreach (var demand in Descriptor.Authorization.Concat(method?.Authorization ?? []))
        {
            if (!await demand.IsMetAsync(new HubAuthorizationContext(caller, method?.Name, services), options.Policies))
            {
                return caller.User.Identity?.IsAuthenticated == true ? HubAccess.Forbidden : HubAccess.Unauthenticated;
            }
        }

        return HubAccess.Allowed;
    }

    private TNext Nest<TNext>(IServiceProvider services, TNext innermost, Func<IHubFilter, TNext, TNext> wrap)
    {
        var next = innermost;
        for (var i = _filters.Length - 1; i >= 0; i--)
        {
            next = wrap(_filters[i].Create(services), next);
        }

        return next;
    }

    /// <summary>Creates the hub instance for one request, with the services of that request's scope.</summary>
    public Hub Create(IServiceProvider services, HubCallerContext caller)
    {
        var hub = Descriptor.Create(services);
        hub.Context = caller;
        hub.Clients = new HubClients(gateway, caller.ConnectionId);
        hub.Groups = _groups;
        hub.UserGroups = _groups;
        hub.Presence = _presence;
        return hub;
    }
}
