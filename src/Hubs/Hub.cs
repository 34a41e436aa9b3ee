namespace Serverless.Hubs;

/// <summary>
/// Base class of hub logic. Its public methods are what clients call; each upstream request is handled by a new instance, made
/// with the services of its own scope.
/// </summary>
/// <remarks>
/// The source generator that comes with this package writes the code that calls the methods, so that no reflection happens at
/// run time. <see cref="Context"/>, <see cref="Clients"/>, <see cref="Groups"/>, <see cref="UserGroups"/> and <see cref="Presence"/> are set before a
/// method runs; a test may set them itself.
/// </remarks>
public abstract class Hub
{
    private HubCallerContext? _context;
    private IHubCallerClients? _clients;
    private IGroups? _groups;
    private IUserGroups? _userGroups;
    private IPresence? _presence;

    /// <summary>Who called: connection, user, claims and query.</summary>
    public HubCallerContext Context
    {
        get => _context ?? throw NotInitialised();
        set => _context = value;
    }

    /// <summary>Whom to send to.</summary>
    public IHubCallerClients Clients
    {
        get => _clients ?? throw NotInitialised();
        set => _clients = value;
    }

    /// <summary>Adds connections to groups and removes them.</summary>
    public IGroups Groups
    {
        get => _groups ?? throw NotInitialised();
        set => _groups = value;
    }

    /// <summary>Adds users to groups and removes them; membership covers the user's later connections too.</summary>
    public IUserGroups UserGroups
    {
        get => _userGroups ?? throw NotInitialised();
        set => _userGroups = value;
    }

    /// <summary>Who is connected.</summary>
    public IPresence Presence
    {
        get => _presence ?? throw NotInitialised();
        set => _presence = value;
    }

    /// <summary>
    /// Called when a client has connected and can be sent to, before its first call. To throw is to refuse the client: the
    /// answer to the gateway is then 403.
    /// </summary>
    public virtual Task OnConnectedAsync() => Task.CompletedTask;

    /// <summary>Called once when a client is gone.</summary>
    /// <param name="error">Why the connection ended, or null if it closed cleanly.</param>
    public virtual Task OnDisconnectedAsync(string? error) => Task.CompletedTask;

    private static InvalidOperationException NotInitialised() =>
        new("The hub's properties are set when it handles a request, after its constructor has run.");
}
