using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Hubs.Execution;

/// <summary>
/// Creates hubs as the framework's activator does, except that the phases which a request is not for get an instance whose constructor has
/// not run: <see cref="HubRunFilter"/> calls none of its methods, and a hub's constructor runs once per request.
/// </summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class HubRunActivator<[DynamicallyAccessedMembers(HubMembers.Needed)] THub>(IServiceProvider services)
    : IHubActivator<THub>
    where THub : Hub
{
    private static readonly Lazy<ObjectFactory<THub>> Factory = new(() => ActivatorUtilities.CreateFactory<THub>(Type.EmptyTypes));

    private HubRun? _run;
    private bool _isOwned;

    public THub Create()
    {
        var run = HubRun.Current;
        if (run is { IsWanted: false })
        {
            var placeholder = (THub)RuntimeHelpers.GetUninitializedObject(typeof(THub));
#pragma warning disable CA1816 // A finalizer must not see an object whose constructor has not run.
            GC.SuppressFinalize(placeholder);
#pragma warning restore CA1816
            return placeholder;
        }

        _run = run;
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
