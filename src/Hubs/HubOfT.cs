namespace Serverless.Hubs;

/// <summary>Represents the base class of hubs that invoke client methods through an interface.</summary>
/// <typeparam name="TClient">
/// The client interface. Its methods return <see cref="Task"/>, or <see cref="Task{TResult}"/> for a result that a single client returns.
/// </typeparam>
/// <remarks>
/// A call of an interface method sends a message of that name to the clients; a method with a result waits for the client's answer. The
/// source generator implements the interface.
/// </remarks>
public abstract class Hub<TClient> : Hub
    where TClient : class
{
    private TypedHubCallerClients<TClient>? _typed;
    private IHubCallerClients<TClient>? _clients;

    /// <summary>Gets or sets the proxies that invoke methods on connected clients.</summary>
    public new IHubCallerClients<TClient> Clients
    {
        get => _clients ?? (_typed ??= new TypedHubCallerClients<TClient>(base.Clients));
        set => _clients = value;
    }
}
