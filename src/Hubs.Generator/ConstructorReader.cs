using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Serverless.Hubs.Generator;

/// <summary>Finds the constructor of a hub and the services to pass to it.</summary>
internal sealed class ConstructorReader(INamedTypeSymbol hub, List<DiagnosticInfo> problems)
{
    private const string Extensions = "global::Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions";
    private const string KeyedExtensions = "global::Microsoft.Extensions.DependencyInjection.ServiceProviderKeyedServiceExtensions";

    /// <summary>Returns an expression over <c>services</c> for each parameter, or null if no single constructor is suitable.</summary>
    public IReadOnlyList<string>? Read()
    {
        var visible = hub.InstanceConstructors.Where(constructor => constructor.IsVisibleInAssembly()).ToList();
        var chosen = visible.Count == 1
            ? visible
            : visible.FindAll(constructor =>
                constructor.Attribute("Microsoft.Extensions.DependencyInjection.ActivatorUtilitiesConstructorAttribute") is not null);
        if (chosen.Count == 1 && chosen[0].Parameters.All(parameter => parameter.RefKind == RefKind.None))
        {
            return chosen[0].Parameters.Select(Argument).ToList();
        }

        problems.Add(DiagnosticInfo.At(hub, Diagnostics.Constructor, hub.Name));
        return null;
    }

    private static string Argument(IParameterSymbol parameter)
    {
        var type = parameter.Type.WithNullableAnnotation(NullableAnnotation.None).Written();
        if (parameter.Attribute("Microsoft.Extensions.DependencyInjection.FromKeyedServicesAttribute")
            is { ConstructorArguments.Length: 1 } keyed)
        {
            return $"{KeyedExtensions}.GetRequiredKeyedService<{type}>(services, {keyed.ConstructorArguments[0].ToCSharpString()})";
        }

        if (!parameter.HasExplicitDefaultValue)
        {
            return $"{Extensions}.GetRequiredService<{type}>(services)";
        }

        var fallback = parameter.ExplicitDefaultValue is { } value
            ? $"({type}){SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)}"
            : $"default({type})";
        return $"services.GetService(typeof({type})) is {type} p{parameter.Ordinal} ? p{parameter.Ordinal} : {fallback}";
    }
}
