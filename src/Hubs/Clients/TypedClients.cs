using System.ComponentModel;

namespace Serverless.Hubs;

/// <summary>Where generated implementations of client interfaces are kept, one per interface.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TypedClients
{
    /// <summary>Called by generated code: how to make a <typeparamref name="TClient"/>.</summary>
    public static void Register<TClient>(Func<IClientProxy, TClient> create)
        where TClient : class => Factory<TClient>.Create = create;

    internal static TClient Create<TClient>(IClientProxy clients)
        where TClient : class
    {
        var create = Factory<TClient>.Create ?? throw new InvalidOperationException(
            $"There is no client implementation for {typeof(TClient)}. It is generated with each class that derives from Hub<{typeof(TClient).Name}>.");
        return create(clients);
    }

    private static class Factory<TClient>
        where TClient : class
    {
        public static Func<IClientProxy, TClient>? Create { get; set; }
    }
}
