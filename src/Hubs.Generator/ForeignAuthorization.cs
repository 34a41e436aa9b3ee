using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Generator;

/// <summary>
/// Finds ASP.NET Core's authorization attributes on a hub. This library does not read them, so a hub that is moved here would silently
/// lose its protection. Attributes derived from <c>[Authorize]</c> and <c>[AllowAnonymous]</c> are included, and so are attributes of base
/// classes and of overridden methods, because ASP.NET Core inherits them.
/// </summary>
internal static class ForeignAuthorization
{
    private const string Demand = "Microsoft.AspNetCore.Authorization.IAuthorizeData";
    private const string Exemption = "Microsoft.AspNetCore.Authorization.IAllowAnonymous";

    /// <summary>Returns every such attribute: the symbol it is on, its name without brackets, and its replacement.</summary>
    public static IEnumerable<(ISymbol Symbol, string Name, string Instead)> On(IEnumerable<INamedTypeSymbol> types)
    {
        foreach (var type in types)
        {
            var methods = type.GetMembers().OfType<IMethodSymbol>().Where(method => method is
            {
                MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public, IsStatic: false,
            });
            foreach (var symbol in methods.Prepend<ISymbol>(type))
            {
                foreach (var attribute in symbol.GetAttributes().Select(attribute => attribute.AttributeClass).OfType<INamedTypeSymbol>())
                {
                    if (Instead(attribute) is { } instead)
                    {
                        yield return (symbol, WithoutSuffix(attribute.Name), instead);
                    }
                }
            }
        }
    }

    private static string? Instead(INamedTypeSymbol attribute)
    {
        var interfaces = attribute.AllInterfaces.Select(type => type.FullName()).ToList();
        return interfaces.Contains(Demand) ? "use [HubAuthorize] with Roles, Claim or Policy instead"
            : interfaces.Contains(Exemption) ? "remove it, and put [HubAuthorize] on the methods that need it in place of the whole hub"
            : null;
    }

    private static string WithoutSuffix(string name) =>
        name.EndsWith("Attribute", StringComparison.Ordinal) ? name.Substring(0, name.Length - "Attribute".Length) : name;
}
