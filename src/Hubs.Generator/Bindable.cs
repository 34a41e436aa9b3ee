using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Generator;

/// <summary>
/// Determines whether an argument can be read into a parameter; the serializer would fail only at a client's first call. Types whose
/// converter may be in the serializer's options, such as classes without a usable constructor, are accepted.
/// </summary>
internal static class Bindable
{
    private const string Services = "a service, which is injected through the hub's constructor";
    private const string Json = "System.Text.Json.Serialization.";

    // The interfaces and abstract classes that the serializer itself implements or reads.
    private static readonly HashSet<string> Readable =
    [
        "System.Collections.IEnumerable", "System.Collections.ICollection", "System.Collections.IList", "System.Collections.IDictionary",
        "System.Collections.Generic.IEnumerable", "System.Collections.Generic.ICollection", "System.Collections.Generic.IList",
        "System.Collections.Generic.IReadOnlyCollection", "System.Collections.Generic.IReadOnlyList", "System.Collections.Generic.ISet",
        "System.Collections.Generic.IReadOnlySet", "System.Collections.Generic.IDictionary", "System.Collections.Generic.IReadOnlyDictionary",
        "System.Collections.Immutable.IImmutableList", "System.Collections.Immutable.IImmutableSet", "System.Collections.Immutable.IImmutableQueue",
        "System.Collections.Immutable.IImmutableStack", "System.Collections.Immutable.IImmutableDictionary",
        "System.Text.Json.Nodes.JsonNode", "System.Text.Json.Nodes.JsonValue",
    ];

    /// <summary>Returns why a parameter cannot be bound, as the end of "Parameter 'x' of 'y' is …", or null if it can.</summary>
    public static string? WhyNot(IParameterSymbol parameter) =>
        parameter.GetAttributes().Any(attribute => IsServiceAttribute(attribute.AttributeClass)) ? Services
        : parameter.Type.FullName() == Symbols.Cancellation ? null
        : Unreadable(parameter.Type) is { } type ? Sentence(type, parameter.Type)
        : null;

    // [FromServices] and [FromKeyedServices]: ASP.NET Core SignalR injects such parameters.
    private static bool IsServiceAttribute(INamedTypeSymbol? attribute) => attribute is not null
        && (attribute.FullName() == "Microsoft.Extensions.DependencyInjection.FromKeyedServicesAttribute"
            || attribute.AllInterfaces.Any(type => type.FullName() == "Microsoft.AspNetCore.Http.Metadata.IFromServiceMetadata"));

    private static string Sentence(ITypeSymbol unreadable, ITypeSymbol whole)
    {
        var shown = whole.ToDisplayString();
        return unreadable.CannotBeEncoded() || unreadable.IsStream() ? $"{shown}, which clients cannot send"
            : unreadable.TypeKind is TypeKind.Interface || unreadable.IsAbstract
                ? $"{shown}, which clients cannot send: take a class or record, give the type a [JsonDerivedType] or [JsonConverter], or inject a service through the hub's constructor"
            : $"{shown}, which clients cannot send";
    }

    // The first unreadable type among the type itself and its items.
    private static ITypeSymbol? Unreadable(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Dynamic or TypeKind.TypeParameter or TypeKind.Error } => null,
        _ when type.CannotBeEncoded() || type.IsStream() => type,
        IArrayTypeSymbol { Rank: > 1 } => type,
        IArrayTypeSymbol array => Unreadable(array.ElementType),
        { TypeKind: TypeKind.Delegate } or { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => type,
        _ when HasJsonAttribute(type) => null,
        INamedTypeSymbol named when Readable.Contains(named.FullName()) || IsGenericCollection(named) =>
            named.TypeArguments.Select(Unreadable).FirstOrDefault(item => item is not null),
        { TypeKind: TypeKind.Interface } or { TypeKind: TypeKind.Class, IsAbstract: true } => type,
        _ => null,
    };

    private static bool IsGenericCollection(INamedTypeSymbol type) => type.IsGenericType
        && (type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T
            || type.FullName() is "System.Collections.Generic.List" or "System.Collections.Generic.Dictionary" or "System.Collections.Generic.HashSet"
                or "System.Collections.Immutable.ImmutableArray" or "System.Collections.Immutable.ImmutableList");

    private static bool HasJsonAttribute(ITypeSymbol type) => type.GetAttributes().Any(attribute =>
        attribute.AttributeClass?.FullName() is Json + "JsonConverterAttribute" or Json + "JsonPolymorphicAttribute" or Json + "JsonDerivedTypeAttribute"
        || BaseTypes(attribute.AttributeClass).Any(candidate => candidate.FullName() == Json + "JsonConverterAttribute"));

    private static IEnumerable<INamedTypeSymbol> BaseTypes(INamedTypeSymbol? type)
    {
        for (var current = type?.BaseType; current is not null; current = current.BaseType)
        {
            yield return current;
        }
    }
}
