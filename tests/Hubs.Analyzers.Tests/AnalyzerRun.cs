using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Serverless.Hubs.Analyzers.Tests;

/// <summary>Compiles sources against ASP.NET Core and the mapping methods of the libraries, and runs the analyzer.</summary>
internal static class AnalyzerRun
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Threading.Channels;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.AspNetCore.SignalR;
        """;

    // Only what the analyzer reads: namespaces, names and type parameters.
    private const string Library = """
        namespace Microsoft.AspNetCore.Builder
        {
            public static class ServerlessHubEndpointRouteBuilderExtensions
            {
                public static void MapServerlessHub<THub>(this Microsoft.AspNetCore.Routing.IEndpointRouteBuilder endpoints, string pattern)
                    where THub : Microsoft.AspNetCore.SignalR.Hub
                {
                }
            }
        }

        namespace Serverless.Hubs.Functions
        {
            public sealed class ServerlessHubsBuilder
            {
                public ServerlessHubsBuilder AddHub<THub>() where THub : Microsoft.AspNetCore.SignalR.Hub => this;
            }
        }
        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static readonly MetadataReference LibraryReference = Compile("Library", [Library], References).ToMetadataReference();

    /// <summary>Returns the diagnostics of an app, ordered by their place; its sources are Sample.cs, Sample1.cs and so on.</summary>
    /// <param name="sources">The app's sources.</param>
    /// <param name="otherProject">The source of another project that the app refers to; null for none.</param>
    public static async Task<IReadOnlyList<Diagnostic>> RunAsync(string[] sources, string? otherProject = null)
    {
        ImmutableArray<MetadataReference> references = [.. References, LibraryReference];
        if (otherProject is not null)
        {
            references = references.Add(Compile("Other", [Usings, otherProject], references).ToMetadataReference());
        }

        var compilation = Compile("App", [.. sources, Usings], references);
        var found = await compilation.WithAnalyzers([new ServerlessHubAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        return
        [
            .. found
                .OrderBy(one => one.Location.GetLineSpan().Path, StringComparer.Ordinal)
                .ThenBy(one => one.Location.SourceSpan.Start)
                .ThenBy(one => one.GetMessage(), StringComparer.Ordinal),
        ];
    }

    private static CSharpCompilation Compile(string name, string[] sources, ImmutableArray<MetadataReference> references)
    {
        var compilation = CSharpCompilation.Create(
            name,
            sources.Select((source, i) => CSharpSyntaxTree.ParseText(source, path: i == 0 ? "Sample.cs" : $"Sample{i}.cs")),
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));
        return compilation;
    }
}
