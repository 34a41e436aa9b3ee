using Microsoft.Azure.Functions.Worker;
using Serverless.Hubs.Registration;

namespace Serverless.Hubs.Functions;

/// <summary>A function that a hub adds to the app.</summary>
/// <param name="Name">The function's name, unique in the app.</param>
/// <param name="Route">The route after the host's prefix.</param>
/// <param name="AuthLevel">The key that the function needs.</param>
internal sealed record HubFunction(string Name, string Route, AuthorizationLevel AuthLevel)
{
    /// <summary>Gets the hub whose clients negotiate at this function; null for an upstream function.</summary>
    public IServerlessHub? Negotiates { get; init; }

    /// <summary>Gets the values that the function's literal route stands for; empty for the general route.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RouteValues { get; init; } = [];
}
