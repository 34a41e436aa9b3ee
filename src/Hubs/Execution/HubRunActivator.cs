using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Hubs.Execution;

/// <summary>Creates hubs as the framework's activator does, and notes in the current run when its hub is created and released.</summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class HubRunActivator<[DynamicallyAccessedMembers(HubMembers.OfActivator)] THub>(IServiceProvider services)
    : IHubActivator<THub>
    where THub : Hub
{
    private static readonly Lazy<ObjectFactory<THub>> Factory = new(() => ActivatorUtilities.CreateFactory<THub>(Type.EmptyTypes));

    private HubRun? _run;
    private bool _isOwned;

    public THub Create()
    {
        _run = HubRun.Current;
        _run?.Enter();
        try
        {
            if (services.GetService<THub>() is { } registered)
            {
                return registered;
            }

            _isOwned = true;
            return Factory.Value(services, []);
        }
        catch (Exception exception)
        {
            _run?.Fail(exception);
            throw;
        }
    }

    public void Release(THub hub)
    {
        if (_isOwned)
        {
            hub.Dispose();
        }

        _run?.Release();
    }
}
