using Serverless.Infrastructure.Tests.Syntax;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>All Bicep files of the deployment, parsed, and what reads the outputs of those that are deployed by themselves.</summary>
internal sealed class TemplateSet
{
    private TemplateSet(Dictionary<string, SyntaxNode> trees, string script)
    {
        Templates = trees.ToDictionary(tree => tree.Key, tree => new Template(tree.Key, tree.Value));
        Script = script;
    }

    public IReadOnlyDictionary<string, Template> Templates { get; }

    /// <value>The script that deploys them.</value>
    public string Script { get; }

    /// <summary>The repository's files by their path below <c>infra</c>.</summary>
    public static Dictionary<string, string> Files()
    {
        var root = Path.Combine(BuiltProgram.RepositoryRoot, "infra");
        return Directory.GetFiles(root, "*.bicep*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(root, file), File.ReadAllText);
    }

    public static async Task<TemplateSet> ParseAsync(IReadOnlyDictionary<string, string> files) =>
        new(await BicepParser.ParseAsync(files), await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "infra", "deploy.sh")));
}
