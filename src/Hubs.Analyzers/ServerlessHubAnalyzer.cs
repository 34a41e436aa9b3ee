using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Serverless.Hubs.Analyzers;

/// <summary>
/// Reports what a hub does that upstream requests cannot do. A hub is judged when it is mapped in the same project by one of the serverless
/// methods of <see cref="MappingMethod"/>.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ServerlessHubAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Diagnostics.ClientStream, Diagnostics.Items];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (HubTypes.Find(start.Compilation) is { } types)
            {
                var found = new Found(types);
                start.RegisterOperationAction(found.AddInvocation, OperationKind.Invocation);
                start.RegisterOperationAction(found.AddPropertyReference, OperationKind.PropertyReference);
                start.RegisterCompilationEndAction(found.Report);
            }
        });
    }

    /// <summary>The mappings of hubs and the uses of <c>Context.Items</c> in one compilation.</summary>
    private sealed class Found(HubTypes types)
    {
        private readonly ConcurrentBag<(INamedTypeSymbol Hub, bool IsServerless, Location Location)> _mappings = [];
        private readonly ConcurrentBag<(INamedTypeSymbol Class, Location Location)> _items = [];

        public void AddInvocation(OperationAnalysisContext context)
        {
            var invocation = (IInvocationOperation)context.Operation;
            if (MappingMethod.Find(invocation.TargetMethod) is { } method
                && invocation.TargetMethod.TypeArguments[0] is INamedTypeSymbol hub
                && types.IsHub(hub))
            {
                _mappings.Add((hub, method.IsServerless, LocationOf(invocation)));
            }
        }

        // In the hub's own code; a class that the hub passes its context to is not followed.
        public void AddPropertyReference(OperationAnalysisContext context)
        {
            if (!types.IsItems(((IPropertyReferenceOperation)context.Operation).Property))
            {
                return;
            }

            for (var type = context.ContainingSymbol.ContainingType; type is not null; type = type.ContainingType)
            {
                if (types.IsHub(type))
                {
                    _items.Add((type.OriginalDefinition, context.Operation.Syntax.GetLocation()));
                    return;
                }
            }
        }

        public void Report(CompilationAnalysisContext context)
        {
            var reported = new HashSet<Location>();
            var hubs = _mappings.Where(mapping => mapping.IsServerless).ToLookup(mapping => mapping.Hub, HubComparer);

            // Errors come first, because what two hubs inherit is reported once.
            foreach (var mappings in hubs.OrderBy(mappings => IsAlsoInProcess(mappings.Key)))
            {
                var hub = mappings.First().Hub;
                ReportStreams(context, reported, hub, [.. mappings.Select(mapping => mapping.Location)]);
                foreach (var (_, location) in _items.Where(item => IsOrDerivesFrom(hub, item.Class) && reported.Add(item.Location)))
                {
                    context.ReportDiagnostic(Diagnostic.Create(Diagnostics.Items, location, hub.Name));
                }
            }
        }

        private void ReportStreams(CompilationAnalysisContext context, HashSet<Location> reported, INamedTypeSymbol hub, Location[] calls)
        {
            // A hub that is mapped both ways has its streams in one of them.
            var severity = IsAlsoInProcess(hub) ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error;
            foreach (var (method, parameter) in types.ClientStreams(hub))
            {
                // A method of another project has no place here but the calls that map its hub.
                var source = method.Locations.FirstOrDefault(
                    location => location.IsInSource && context.Compilation.ContainsSyntaxTree(location.SourceTree!));
                foreach (var location in source is null ? calls : reported.Add(source) ? [source] : [])
                {
                    context.ReportDiagnostic(Diagnostic.Create(
                        Diagnostics.ClientStream, location, severity, additionalLocations: null, properties: null, NameOf(method), parameter.Name));
                }
            }
        }

        private bool IsAlsoInProcess(ISymbol? hub) =>
            _mappings.Any(mapping => !mapping.IsServerless && HubComparer.Equals(mapping.Hub, hub));

        private static SymbolEqualityComparer HubComparer => SymbolEqualityComparer.Default;

        private static string NameOf(IMethodSymbol method) => $"{method.ContainingType.Name}.{method.Name}";

        private static Location LocationOf(IInvocationOperation invocation) => invocation.Syntax is InvocationExpressionSyntax
        {
            Expression: MemberAccessExpressionSyntax { Name: var name },
        }
            ? name.GetLocation()
            : invocation.Syntax.GetLocation();

        private static bool IsOrDerivesFrom(INamedTypeSymbol hub, INamedTypeSymbol type)
        {
            for (var at = hub; at is not null; at = at.BaseType)
            {
                if (HubComparer.Equals(at.OriginalDefinition, type))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
