namespace Serverless.Hubs;

/// <summary>Represents the base class of hubs, whose public methods clients can call.</summary>
/// <remarks>
/// Each upstream request is handled by a new instance, created with the services of the request's own scope. The source generator in this
/// package writes the code that calls the methods, so that no reflection is used at run time. <see cref="Context"/>,
/// <see cref="Clients"/>, <see cref="Groups"/>, <see cref="UserGroups"/> and <see cref="Presence"/> are set before a method runs; tests
/// can set them.
/// </remarks>
public abstract class Hub
{
    private HubCallerContext? _context;
    private IHubCallerClients? _clients;
    private IGroups? _groups;
    private IUserGroups? _userGroups;
    private IPresence? _presence;

    /// <summary>Gets or sets the context of the caller: its connection, user, claims and query.</summary>
    public HubCallerContext Context
    {
        get => _context ?? throw NotInitialised();
        set => _context = value;
    }

    /// <summary>Gets or sets the proxies that invoke methods on connected clients.</summary>
    public IHubCallerClients Clients
    {
        get => _clients ?? throw NotInitialised();
        set => _clients = value;
    }

    /// <summary>Gets or sets the manager of the groups of connections.</summary>
    public IGroups Groups
    {
        get => _groups ?? throw NotInitialised();
        set => _groups = value;
    }

    /// <summary>Gets or sets the manager of the groups of users. Membership includes a user's later connections.</summary>
    public IUserGroups UserGroups
    {
        get => _userGroups ?? throw NotInitialised();
        set => _userGroups = value;
    }

    /// <summary>Gets or sets the queries about connected clients.</summary>
    public IPresence Presence
    {
        get => _presence ?? throw NotInitialised();
        set => _presence = value;
    }

    /// <summary>
    /// Called when a client has connected, before its first call. Messages can be sent to the client. An exception refuses the client: the
    /// gateway's request is then answered with 403.
    /// </summary>
    public virtual Task OnConnectedAsync() => Task.CompletedTask;

    /// <summary>Called once when a client has disconnected.</summary>
    /// <param name="error">The reason why the connection ended, or null if it closed cleanly.</param>
    public virtual Task OnDisconnectedAsync(string? error) => Task.CompletedTask;

    private static InvalidOperationException NotInitialised() =>
        new("The hub's properties are not set yet. They are set after its constructor has run, when it handles a request.");
}
