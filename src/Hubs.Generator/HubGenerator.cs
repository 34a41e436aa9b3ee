using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Serverless.Hubs.Generator;

/// <summary>
/// Generates, for each class that derives from <c>Hub</c> or <c>Hub&lt;TClient&gt;</c>, the code that creates it, calls its methods and
/// implements its client interface, so that no reflection is used at run time.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class HubGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var hubs = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is ClassDeclarationSyntax { BaseList: not null },
                static (candidate, cancellation) => Read(candidate, cancellation))
            .Where(static hub => hub is not null)
            .WithTrackingName("Hubs");
        context.RegisterSourceOutput(hubs, static (output, hub) => Write(output, hub!));
    }

    private static Outcome? Read(GeneratorSyntaxContext candidate, CancellationToken cancellation)
    {
        var declaration = (ClassDeclarationSyntax)candidate.Node;
        if (candidate.SemanticModel.GetDeclaredSymbol(declaration, cancellation) is not INamedTypeSymbol { IsAbstract: false } hub
            || !HubClassReader.IsHub(hub)
            || !IsFirstPart(hub, declaration, cancellation))
        {
            return null;
        }

        var reader = new HubClassReader(hub);
        var model = reader.Read();
        return new Outcome(HintName(hub), model, new(reader.Problems));
    }

    /// <summary>Removes duplicates: a partial class may name its base in several parts and is still one hub.</summary>
    private static bool IsFirstPart(INamedTypeSymbol hub, ClassDeclarationSyntax declaration, CancellationToken cancellation) =>
        hub.DeclaringSyntaxReferences
            .Select(reference => reference.GetSyntax(cancellation))
            .First(part => part is ClassDeclarationSyntax { BaseList: not null }) == declaration;

    private static string HintName(INamedTypeSymbol hub)
    {
        var name = new StringBuilder(hub.Written().Replace("global::", ""));
        for (var i = 0; i < name.Length; i++)
        {
            name[i] = char.IsLetterOrDigit(name[i]) || name[i] == '.' ? name[i] : '_';
        }

        return name.Append(".g.cs").ToString();
    }

    private static void Write(SourceProductionContext output, Outcome hub)
    {
        foreach (var problem in hub.Problems)
        {
            output.ReportDiagnostic(problem.ToDiagnostic());
        }

        if (hub.Model is not null)
        {
            output.AddSource(hub.HintName, SourceText.From(HubCodeWriter.Write(hub.Model), Encoding.UTF8));
        }
    }

    private sealed record Outcome(string HintName, HubModel? Model, EquatableArray<DiagnosticInfo> Problems);
}
