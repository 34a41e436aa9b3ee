using System.ComponentModel;

namespace Serverless.Hubs;

/// <summary>Registers the generated implementations of client interfaces, one per interface.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TypedClients
{
    /// <summary>Registers the implementation of a client interface. Called by generated code.</summary>
    /// <typeparam name="TClient">The client interface.</typeparam>
    /// <param name="create">Creates an implementation that sends through a proxy.</param>
    public static void Register<TClient>(Func<IClientProxy, TClient> create)
        where TClient : class => Factory<TClient>.Create = create;

    internal static TClient Create<TClient>(IClientProxy clients)
        where TClient : class
    {
        var create = Factory<TClient>.Create ?? throw new InvalidOperationException(
            $"There is no client implementation for {typeof(TClient)}. It is generated for each class that derives from Hub<{typeof(TClient).Name}>.");
        return create(clients);
    }

    private static class Factory<TClient>
        where TClient : class
    {
        public static Func<IClientProxy, TClient>? Create { get; set; }
    }
}
