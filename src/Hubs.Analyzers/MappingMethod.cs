using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Analyzers;

/// <summary>A generic method whose type argument is a hub. It is recognized by its name and its namespace, so that its class can change.</summary>
/// <param name="name">The method's name.</param>
/// <param name="containingNamespace">The namespace of the method's class, or one that contains it.</param>
/// <param name="isServerless">Whether the hub's calls come as upstream requests.</param>
internal sealed class MappingMethod(string name, string containingNamespace, bool isServerless)
{
    /// <summary>Gets the methods that map a hub.</summary>
    public static IReadOnlyList<MappingMethod> All { get; } =
    [
        // Microsoft.AspNetCore.Builder.ServerlessHubEndpointRouteBuilderExtensions, assembly Hubs
        new("MapServerlessHub", "Microsoft.AspNetCore.Builder", isServerless: true),

        // Serverless.Hubs.Functions.ServerlessHubsBuilder, assembly Hubs.Functions
        new("AddHub", "Serverless.Hubs", isServerless: true),

        // ASP.NET Core's own: in process, or behind the gateway as an app server
        new("MapHub", "Microsoft.AspNetCore.Builder", isServerless: false),
    ];

    public bool IsServerless => isServerless;

    /// <summary>Returns the mapping method that a method is, or null.</summary>
    public static MappingMethod? Find(IMethodSymbol method) =>
        method.TypeArguments.Length == 0 ? null : All.FirstOrDefault(one => one.Matches(method));

    private bool Matches(IMethodSymbol method) =>
        method.Name == name
        && method.ContainingNamespace.ToDisplayString() is var actual
        && (actual == containingNamespace || actual.StartsWith(containingNamespace + ".", StringComparison.Ordinal));
}
