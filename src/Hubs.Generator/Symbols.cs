using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Serverless.Hubs.Generator;

/// <summary>Provides extension methods for symbols that several parts of the generator use.</summary>
internal static class Symbols
{
    public const string Cancellation = "System.Threading.CancellationToken";

    public const string Authorize = "Serverless.Hubs.HubAuthorizeAttribute";

    private static readonly SymbolDisplayFormat PlainName = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    /// <summary>Returns the type as source text for generated code.</summary>
    public static string Written(this ITypeSymbol type) =>
        type.TypeKind == TypeKind.Dynamic ? "object" : type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    /// <summary>Returns a string or an array of strings as source text for generated code.</summary>
    public static string Written(TypedConstant value) => value.Kind != TypedConstantKind.Array
        ? value.ToCSharpString()
        : value.IsNull ? "null" : $"new string[] {{ {string.Join(", ", value.Values.Select(item => item.ToCSharpString()))} }}";

    /// <summary>Returns namespace and name, without type arguments.</summary>
    public static string FullName(this ITypeSymbol type) => type.ToDisplayString(PlainName);

    public static AttributeData? Attribute(this ISymbol symbol, string fullName) =>
        symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass?.FullName() == fullName);

    /// <summary>Returns the single string argument of an attribute, or null.</summary>
    public static string? AttributeText(this ISymbol symbol, string fullName) =>
        symbol.Attribute(fullName)?.ConstructorArguments.FirstOrDefault().Value as string;

    public static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    public static bool IsVisibleInAssembly(this ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal;

    public static bool IsStream(this ITypeSymbol type) =>
        type is INamedTypeSymbol { IsGenericType: true } named
        && named.FullName() is "System.Collections.Generic.IAsyncEnumerable" or "System.Threading.Channels.ChannelReader";

    public static bool CannotBeEncoded(this ITypeSymbol type) =>
        type.IsRefLikeType || type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer;
}
