namespace Serverless.Hubs;

/// <summary>
/// Base class of hub logic that sends to its clients through an interface: each call of one of its methods is a message of that
/// name, and one with a result is a call that the client answers. The implementation is generated when the hub is compiled.
/// </summary>
/// <typeparam name="TClient">An interface whose methods return <see cref="Task"/>, or <see cref="Task{TResult}"/> for a result that one client gives.</typeparam>
public abstract class Hub<TClient> : Hub
    where TClient : class
{
    private TypedHubCallerClients<TClient>? _typed;
    private IHubCallerClients<TClient>? _clients;

    /// <summary>Whom to send to.</summary>
    public new IHubCallerClients<TClient> Clients
    {
        get => _clients ?? (_typed ??= new TypedHubCallerClients<TClient>(base.Clients));
        set => _clients = value;
    }
}
