using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Generator;

/// <summary>Reads a hub class into a model, and collects its diagnostics.</summary>
internal sealed class HubClassReader(INamedTypeSymbol hub)
{
    private const string HubBase = "Serverless.Hubs.Hub";
    private static readonly Regex NamePattern = new(@"^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}\z", RegexOptions.CultureInvariant);

    private readonly List<DiagnosticInfo> _problems = [];

    public IReadOnlyList<DiagnosticInfo> Problems => _problems;

    public static bool IsHub(INamedTypeSymbol type) => BaseTypes(type).Any(candidate => candidate.FullName() == HubBase);

    /// <summary>Returns the model, or null if the class cannot be used.</summary>
    public HubModel? Read()
    {
        if (Unusable() is { } reason)
        {
            _problems.Add(DiagnosticInfo.At(hub, Diagnostics.Class, hub.Name, reason));
            return null;
        }

        foreach (var (symbol, attribute, instead) in ForeignAuthorization.On(BaseTypes(hub).TakeWhile(type => type.FullName() != HubBase).Prepend(hub)))
        {
            _problems.Add(DiagnosticInfo.At(
                Blamed(symbol), Diagnostics.Authorization, symbol is IMethodSymbol ? $"{hub.Name}.{symbol.Name}" : symbol.Name, attribute, instead));
        }

        var name = ReadName();
        var arguments = new ConstructorReader(hub, _problems).Read();
        var methods = ReadMethods();
        var client = ReadClient();
        return name is null || arguments is null
            ? null
            : new HubModel(hub.Written(), name, new(arguments), new(methods), new(ReadAuthorization()), client);
    }

    private static IEnumerable<INamedTypeSymbol> BaseTypes(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            yield return current;
        }
    }

    private string? Unusable()
    {
        for (var type = hub; type is not null; type = type.ContainingType)
        {
            if (type.IsGenericType)
            {
                return "has type parameters or is inside a class with type parameters; derive a class that supplies them";
            }

            if (type.IsFileLocal || !type.IsVisibleInAssembly())
            {
                return "is not visible to the rest of its project; make it and the classes around it internal or public";
            }
        }

        return null;
    }

    private string? ReadName()
    {
        var name = hub.AttributeText("Serverless.Hubs.HubNameAttribute") ?? WithoutSuffix(hub.Name);
        if (NamePattern.IsMatch(name))
        {
            return name.ToLowerInvariant();
        }

        _problems.Add(DiagnosticInfo.At(hub, Diagnostics.Name, hub.Name, name));
        return null;
    }

    private static string WithoutSuffix(string name) =>
        name.Length > 3 && name.EndsWith("Hub", StringComparison.Ordinal) ? name.Substring(0, name.Length - 3) : name;

    private List<MethodModel> ReadMethods()
    {
        var methods = new List<MethodModel>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var method in HubMethods())
        {
            if (ReadMethod(method) is not { } model)
            {
                continue;
            }

            if (names.Add(model.WireName))
            {
                methods.Add(model);
            }
            else
            {
                _problems.Add(DiagnosticInfo.At(Blamed(method), Diagnostics.Overload, hub.Name, model.WireName));
            }
        }

        return methods;
    }

    /// <summary>Returns the public methods of the class and its base classes in declaration order, overridden methods once.</summary>
    private IEnumerable<IMethodSymbol> HubMethods()
    {
        var overridden = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var types = new[] { hub }.Concat(BaseTypes(hub)).TakeWhile(type => type.FullName() != HubBase);
        foreach (var method in types.SelectMany(type => type.GetMembers().OfType<IMethodSymbol>()))
        {
            var root = method;
            for (var next = method.OverriddenMethod; next is not null; next = next.OverriddenMethod)
            {
                overridden.Add(next);
                root = next;
            }

            var isHubMethod = method is
            {
                MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public, IsStatic: false, IsAbstract: false,
            };
            var isOurs = root.ContainingType.SpecialType == SpecialType.System_Object
                || root.ContainingType.FullName() == HubBase
                || (method.Parameters.Length == 0 && method.Name is "Dispose" or "DisposeAsync");
            if (isHubMethod && !isOurs && !overridden.Contains(method))
            {
                yield return method;
            }
        }
    }

    private MethodModel? ReadMethod(IMethodSymbol method)
    {
        var display = $"{hub.Name}.{method.Name}";
        if (method.IsGenericMethod)
        {
            _problems.Add(DiagnosticInfo.At(Blamed(method), Diagnostics.Generic, display));
            return null;
        }

        var known = _problems.Count;
        if (!TryReadReturn(method, out var returns, out var result))
        {
            _problems.Add(DiagnosticInfo.At(
                Blamed(method), Diagnostics.ReturnType, display, method.IsAsync && method.ReturnsVoid ? "async void" : method.ReturnType.ToDisplayString()));
        }

        var parameters = method.Parameters.Select(parameter => ReadParameter(display, method, parameter)).ToList();
        return _problems.Count > known
            ? null
            : new MethodModel(
                Symbols.Identifier(method.Name),
                method.AttributeText("Serverless.Hubs.HubMethodNameAttribute") ?? method.Name,
                new(parameters),
                returns,
                result?.Written(),
                new(Authorization(method)));
    }

    private static bool TryReadReturn(IMethodSymbol method, out Returns returns, out ITypeSymbol? result)
    {
        result = null;
        returns = Returns.Nothing;
        if (method.ReturnsVoid)
        {
            return !method.IsAsync;
        }

        if (method.ReturnType is INamedTypeSymbol awaitable
            && awaitable.FullName() is "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask")
        {
            result = ((INamedTypeSymbol)method.ReturnType).TypeArguments.FirstOrDefault();
            returns = result is null ? Returns.Awaitable : Returns.AwaitableValue;
        }
        else
        {
            result = method.ReturnType;
            returns = Returns.Value;
        }

        if (result is not null && result.IsStream())
        {
            returns = returns == Returns.Value ? Returns.Stream : Returns.AwaitableStream;
            result = ((INamedTypeSymbol)result).TypeArguments[0];
        }

        return !method.ReturnsByRef && !method.ReturnsByRefReadonly
            && (result is null || !(result.CannotBeEncoded() || result.IsStream()));
    }

    /// <summary>Returns the authorization requirements of the class and its base classes.</summary>
    private IEnumerable<string> ReadAuthorization() => new[] { hub }.Concat(BaseTypes(hub)).SelectMany(Authorization);

    /// <summary>Returns the attributes as expressions that create them, so that generated code needs no reflection.</summary>
    private static IEnumerable<string> Authorization(ISymbol symbol) =>
        from attribute in symbol.GetAttributes()
        where attribute.AttributeClass?.FullName() == Symbols.Authorize
        let set = attribute.NamedArguments.Select(argument => $"{argument.Key} = {Symbols.Written(argument.Value)}")
        select $"new global::{Symbols.Authorize} {{ {string.Join(", ", set)} }}";

    private ParameterModel ReadParameter(string method, IMethodSymbol owner, IParameterSymbol parameter)
    {
        if (parameter.RefKind != RefKind.None)
        {
            _problems.Add(DiagnosticInfo.At(Blamed(owner, parameter), Diagnostics.ByReference, method, parameter.Name));
        }
        else if (Bindable.WhyNot(parameter) is { } reason)
        {
            _problems.Add(DiagnosticInfo.At(Blamed(owner, parameter), Diagnostics.ParameterType, method, parameter.Name, reason));
        }

        return new ParameterModel(
            parameter.Name,
            parameter.Type.WithNullableAnnotation(NullableAnnotation.None).Written(),
            parameter.Type.IsReferenceType && parameter.Type.NullableAnnotation == NullableAnnotation.NotAnnotated,
            parameter.Type.FullName() == Symbols.Cancellation);
    }

    private ClientModel? ReadClient()
    {
        var typed = BaseTypes(hub).FirstOrDefault(type => type.IsGenericType && type.FullName() == HubBase);
        return typed is null ? null : new ClientReader(hub, typed.TypeArguments[0], _problems).Read();
    }

    // A symbol of another assembly has no location in this assembly's source.
    private ISymbol Blamed(params ISymbol[] candidates) =>
        candidates.AsEnumerable().Reverse().FirstOrDefault(symbol => symbol.Locations.Any(location => location.IsInSource)) ?? hub;
}
