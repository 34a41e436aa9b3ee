using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Analyzers;

/// <summary>ASP.NET Core's types that the analyzer looks for, in one compilation.</summary>
internal sealed class HubTypes
{
    private readonly INamedTypeSymbol _hub;
    private readonly INamedTypeSymbol? _context;
    private readonly INamedTypeSymbol?[] _streams;

    private HubTypes(Compilation compilation, INamedTypeSymbol hub)
    {
        _hub = hub;
        _context = compilation.GetTypeByMetadataName("Microsoft.AspNetCore.SignalR.HubCallerContext");
        _streams =
        [
            compilation.GetTypeByMetadataName("System.Collections.Generic.IAsyncEnumerable`1"),
            compilation.GetTypeByMetadataName("System.Threading.Channels.ChannelReader`1"),
        ];
    }

    /// <summary>Finds the types; returns null in a compilation without SignalR.</summary>
    public static HubTypes? Find(Compilation compilation) =>
        compilation.GetTypeByMetadataName("Microsoft.AspNetCore.SignalR.Hub") is { } hub ? new HubTypes(compilation, hub) : null;

    public bool IsHub(ITypeSymbol type)
    {
        for (var at = type.BaseType; at is not null; at = at.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(at, _hub))
            {
                return true;
            }
        }

        return false;
    }

    public bool IsItems(IPropertySymbol property) =>
        property.Name == "Items" && SymbolEqualityComparer.Default.Equals(property.ContainingType, _context);

    /// <summary>Returns the hub methods with a parameter that SignalR takes as a stream from the client, and the first such parameter.</summary>
    public IEnumerable<(IMethodSymbol Method, IParameterSymbol Parameter)> ClientStreams(INamedTypeSymbol hub)
    {
        var overridden = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
        for (var type = hub; IsHub(type); type = type.BaseType!)
        {
            foreach (var method in type.GetMembers().OfType<IMethodSymbol>().Where(IsHubMethod))
            {
                if (method.OverriddenMethod is { } original)
                {
                    overridden.Add(original.OriginalDefinition);
                }

                if (!overridden.Contains(method.OriginalDefinition) && method.Parameters.FirstOrDefault(IsStream) is { } stream)
                {
                    yield return (method, stream);
                }
            }
        }
    }

    private static bool IsHubMethod(IMethodSymbol method) =>
        method is { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public, IsStatic: false };

    // The type itself: SignalR reads a type that derives from one of these as an argument.
    private bool IsStream(IParameterSymbol parameter) =>
        _streams.Any(stream => stream is not null && SymbolEqualityComparer.Default.Equals(stream, parameter.Type.OriginalDefinition));
}
