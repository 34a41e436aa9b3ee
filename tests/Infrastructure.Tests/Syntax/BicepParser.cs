using System.Diagnostics;
using System.Text.Json;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Syntax;

/// <summary>Parses Bicep files with the <c>tree-sitter-bicep</c> grammar, in Node.</summary>
internal static class BicepParser
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly JsonSerializerOptions Json = new() { MaxDepth = 512 };

    /// <summary>The tree of each file, by its path.</summary>
    public static async Task<Dictionary<string, SyntaxNode>> ParseAsync(IReadOnlyDictionary<string, string> files)
    {
        var folder = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Infrastructure.Tests");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            throw new DirectoryNotFoundException($"The grammar is not there: run npm ci in {folder}, or bash test.sh.");
        }

        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "parse.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = node.StandardOutput.ReadToEndAsync(limit.Token);
            var error = node.StandardError.ReadToEndAsync(limit.Token);
            await node.StandardInput.WriteAsync(JsonSerializer.Serialize(files).AsMemory(), limit.Token);
            node.StandardInput.Close();
            await node.WaitForExitAsync(limit.Token);
            Assert.True(node.ExitCode == 0, await error);
            return JsonSerializer.Deserialize<Dictionary<string, SyntaxNode>>(await output, Json)!;
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
            }
        }
    }
}
