namespace Serverless.EndToEnd.Fidelity;

/// <summary>A row of the fidelity table: clients of one hub, what they do in order, and in which protocols.</summary>
/// <param name="Name">What the row shows, for test names and the document.</param>
/// <param name="Hub">The hub class.</param>
/// <param name="Steps">The steps. The client <c>a</c> takes those that name no other.</param>
/// <remarks>
/// In texts, <c>$run</c> stands for a name that is unique to a run of the case, and an argument <c>$a</c> for the connection id of the
/// client <c>a</c>.
/// </remarks>
internal sealed record FidelityCase(string Name, Type Hub, params IReadOnlyList<Step> Steps)
{
    /// <summary>The clients that connect before the first step, in this order.</summary>
    public IReadOnlyList<CaseClient> Clients { get; init; } = [new("a")];

    /// <summary>The only protocol of the case; null for all.</summary>
    public string? Protocol { get; init; }

    /// <summary>The only client of the case; null for all.</summary>
    public string? Driver { get; init; }

    /// <summary>The path of the hub's endpoint: the hub's name as the service's libraries derive it.</summary>
    public static string PathOf(Type hub) => "/" + hub.Name.ToLowerInvariant();
}

/// <summary>A client of a case.</summary>
/// <param name="Name">One letter.</param>
internal sealed record CaseClient(string Name)
{
    /// <summary>The claims of the user, as type and value; a client without claims is not signed in.</summary>
    public IReadOnlyList<(string Type, string Value)> Claims { get; init; } = [];

    /// <summary>The query string of the client's URL, without its question mark.</summary>
    public string Query { get; init; } = "";

    /// <summary>The client's answers to calls from the server, by method. An answer that is an <see cref="Exception"/> is thrown.</summary>
    public IReadOnlyDictionary<string, object?> Answers { get; init; } = new Dictionary<string, object?>();

    /// <summary>True for a client that connects in a step of its own.</summary>
    public bool ConnectsLater { get; init; }
}
