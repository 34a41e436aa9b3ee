using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Serverless.Hubs.Generator;

namespace Serverless.Hubs.Tests.Generator;

/// <summary>Compiles a source with the generator, against all assemblies that this test process has loaded.</summary>
internal static class GeneratorRun
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Compile(string source) => CSharpCompilation.Create(
        "Sample",
        [
            CSharpSyntaxTree.ParseText("global using System; global using System.Threading; global using System.Threading.Tasks; global using Serverless.Hubs;"),
            CSharpSyntaxTree.ParseText(source, path: "Sample.cs"),
        ],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>Returns the diagnostics and the code of the generator. Fails the test if the code does not compile.</summary>
    public static (IReadOnlyList<Diagnostic> Diagnostics, string Code) Run(string source)
    {
        var driver = CSharpGeneratorDriver.Create(new HubGenerator()).RunGeneratorsAndUpdateCompilation(
            Compile(source), out var compilation, out var diagnostics);
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));
        return (diagnostics, string.Join('\n', driver.GetRunResult().GeneratedTrees.Select(tree => tree.ToString())));
    }
}
