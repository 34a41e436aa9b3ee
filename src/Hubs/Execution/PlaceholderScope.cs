using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The scope of the phases that a request is not for. Its only service is an activator of hubs whose constructor has not run:
/// <see cref="HubRunFilter"/> calls none of their methods, and a hub's constructor runs once per request.
/// </summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class PlaceholderScope<[DynamicallyAccessedMembers(HubMembers.Needed)] THub>
    : IServiceScope, IServiceProvider, IHubActivator<THub>
    where THub : Hub
{
    public IServiceProvider ServiceProvider => this;

    public object? GetService(Type serviceType) => serviceType == typeof(IHubActivator<THub>) ? this : null;

    public THub Create()
    {
        var placeholder = (THub)RuntimeHelpers.GetUninitializedObject(typeof(THub));
#pragma warning disable CA1816 // A finalizer must not see an object whose constructor has not run.
        GC.SuppressFinalize(placeholder);
#pragma warning restore CA1816
        return placeholder;
    }

    public void Release(THub hub)
    {
    }

    public void Dispose()
    {
    }
}
