using System.ComponentModel;

namespace Serverless.Hubs.Descriptors;

/// <summary>Represents a hub method that clients can call. The source generator creates it.</summary>
/// <param name="Name">The name on the wire, compared without case.</param>
/// <param name="Parameters">The parameters that a client passes, in order, without any cancellation token.</param>
/// <param name="ResultType">The type of the result, or null for a method without one.</param>
/// <param name="InvokeAsync">Reads the arguments, calls the method and encodes its result.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record HubMethod(
    string Name, IReadOnlyList<HubParameter> Parameters, Type? ResultType, Func<Hub, HubCall, ValueTask<HubResult>> InvokeAsync)
{
    /// <summary>Gets a value that indicates whether the method returns a stream; <see cref="ResultType"/> is then the type of an item.</summary>
    public bool IsStream { get; init; }

    /// <summary>Gets the requirements for calling the method, in addition to those of the hub.</summary>
    public IReadOnlyList<HubAuthorizeAttribute> Authorization { get; init; } = [];
}

/// <summary>Represents a parameter of a hub method.</summary>
/// <param name="Name">The name, used in error messages.</param>
/// <param name="Type">The type that the argument is read as.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record HubParameter(string Name, Type Type);
