using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Generator;

/// <summary>Reads the client interface of a typed hub.</summary>
internal sealed class ClientReader(INamedTypeSymbol hub, ITypeSymbol client, List<DiagnosticInfo> problems)
{
    /// <summary>Returns the model, or null if the interface cannot be implemented.</summary>
    public ClientModel? Read()
    {
        if (client.TypeKind != TypeKind.Interface)
        {
            Report("it is not an interface");
            return null;
        }

        var known = problems.Count;
        var members = new[] { (INamedTypeSymbol)client }.Concat(client.AllInterfaces).SelectMany(type => type.GetMembers());
        var methods = members.Select(Read).Where(method => method is not null).Select(method => method!).ToList();
        return problems.Count > known ? null : new ClientModel(client.Written(), new(methods));
    }

    private ClientMethodModel? Read(ISymbol member)
    {
        if (member is not IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false } method)
        {
            // Accessors come with their property or event, which is reported; nested types need no implementation.
            if (member is not (IMethodSymbol { AssociatedSymbol: not null } or ITypeSymbol))
            {
                Report($"'{member.Name}' is not a method");
            }

            return null;
        }

        // A method with a body of its own needs no implementation.
        if (!method.IsAbstract)
        {
            return null;
        }

        var returns = method.ReturnType.FullName();
        var awaits = returns is "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask";
        var result = awaits ? ((INamedTypeSymbol)method.ReturnType).TypeArguments.FirstOrDefault() : null;
        if (!awaits || (result is not null && (result.CannotBeEncoded() || result.IsStream())))
        {
            Report($"'{method.Name}' returns {method.ReturnType.ToDisplayString()}; return Task or ValueTask, or Task<T> for a result of one client");
        }

        if (method.IsGenericMethod)
        {
            Report($"'{method.Name}' has type parameters");
        }

        foreach (var parameter in method.Parameters)
        {
            if (parameter.RefKind != RefKind.None || parameter.Type.CannotBeEncoded() || parameter.Type.IsStream())
            {
                Report($"parameter '{parameter.Name}' of '{method.Name}' cannot be sent");
            }
        }

        return new ClientMethodModel(
            method.ContainingType.Written(),
            Symbols.Identifier(method.Name),
            method.AttributeText("Serverless.Hubs.HubMethodNameAttribute") ?? method.Name,
            returns == "System.Threading.Tasks.ValueTask",
            result?.Written(),
            new(method.Parameters.Select(parameter => new ParameterModel(
                parameter.Name,
                parameter.Type.WithNullableAnnotation(NullableAnnotation.None).Written(),
                IsRequired: false,
                parameter.Type.FullName() == Symbols.Cancellation))));
    }

    private void Report(string reason) =>
        problems.Add(DiagnosticInfo.At(hub, Diagnostics.Client, hub.Name, client.ToDisplayString(), reason));
}
