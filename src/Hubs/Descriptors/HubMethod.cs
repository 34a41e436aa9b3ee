using System.ComponentModel;

namespace Serverless.Hubs.Descriptors;

/// <summary>A method that clients call. The source generator writes them.</summary>
/// <param name="Name">The name on the wire, compared without case.</param>
/// <param name="Parameters">What a client has to pass, in order; a cancellation token is none of it.</param>
/// <param name="ResultType">What the client gets, or null for nothing.</param>
/// <param name="InvokeAsync">Reads the arguments, calls the method and keeps its result.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record HubMethod(
    string Name, IReadOnlyList<HubParameter> Parameters, Type? ResultType, Func<Hub, HubCall, ValueTask<HubResult>> InvokeAsync)
{
    /// <summary>Whether the client gets items; <see cref="ResultType"/> is then the type of one.</summary>
    public bool IsStream { get; init; }

    /// <summary>What callers must be, beside what the hub demands.</summary>
    public IReadOnlyList<HubAuthorizeAttribute> Authorization { get; init; } = [];
}

/// <summary>A parameter of a hub method.</summary>
/// <param name="Name">Its name, for error texts.</param>
/// <param name="Type">What arguments are read as.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record HubParameter(string Name, Type Type);
