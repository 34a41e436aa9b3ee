using System.Text.RegularExpressions;
using Serverless.Infrastructure.Tests.Syntax;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>A parameter: whether a caller must give it, and whether it is secret.</summary>
internal sealed record Parameter(string Name, SyntaxNode Declaration, bool IsRequired, bool IsSecure);

/// <summary>A module that a file uses: its symbol, the file that it names, and what it is given.</summary>
internal sealed record ModuleUse(string Symbol, SyntaxNode Declaration, string File, IReadOnlyDictionary<string, SyntaxNode> Arguments);

/// <summary>What a Bicep file declares and uses.</summary>
internal sealed partial class Template
{
    public Template(string path, SyntaxNode tree)
    {
        Path = path;
        Tree = tree;
        IsParameters = path.EndsWith(".bicepparam", StringComparison.Ordinal);
        for (var i = 0; i < tree.Children.Count; i++)
        {
            var node = tree.Children[i];
            var name = node.Children is [{ Text: var first }, ..] ? first : "";
            switch (node.Type)
            {
                case "parameter_declaration":
                    Parameters.Add(new(name, node, node.Children is [_, { Type: "type" } type] && !type.Text.EndsWith('?'), IsSecure(i)));
                    break;
                case "variable_declaration":
                    Variables[name] = node;
                    break;
                case "resource_declaration":
                    Resources[name] = node;
                    break;
                case "module_declaration":
                    Modules.Add(new(name, node, Resolve(node.Children[1].Unquoted), Arguments(node)));
                    break;
                case "output_declaration":
                    Outputs[name] = node;
                    break;
                case "using_statement":
                    Using = Resolve(node.Children[0].Unquoted);
                    break;
            }
        }
    }

    public string Path { get; }

    public SyntaxNode Tree { get; }

    /// <value>Whether it is a parameters file, whose variables are a template's parameters.</value>
    public bool IsParameters { get; }

    /// <value>The template that a parameters file is for.</value>
    public string? Using { get; }

    public List<Parameter> Parameters { get; } = [];

    public Dictionary<string, SyntaxNode> Variables { get; } = [];

    public Dictionary<string, SyntaxNode> Resources { get; } = [];

    public List<ModuleUse> Modules { get; } = [];

    public Dictionary<string, SyntaxNode> Outputs { get; } = [];

    /// <summary>Every name in it that an expression refers to.</summary>
    public IEnumerable<SyntaxNode> References => ReferencesIn(Tree);

    /// <summary>Module symbol and output name, wherever an output of a module is read.</summary>
    public IEnumerable<(string Module, string Output)> OutputsRead =>
        ModuleOutput().Matches(Comment().Replace(Tree.Text, "")).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>The names that loops in it declare.</summary>
    public IEnumerable<string> LoopNames => Tree.Of("for_statement").SelectMany(loop =>
        loop.All.Where(node => node.Type is "loop_variable" or "loop_enumerator" || node.Field == "initializer").Select(node => node.Text));

    public static IEnumerable<SyntaxNode> ReferencesIn(SyntaxNode node)
    {
        if (node.Type == "identifier")
        {
            return [node];
        }

        // A declaration's and a property's own name, a function's name, and a loop's variables refer to nothing.
        var skip = node.Type is "object_property" or "parameter_declaration" or "variable_declaration" or "resource_declaration"
            or "module_declaration" or "output_declaration" ? 1 : 0;
        return node.Children.Skip(skip)
            .Where(child => child.Type is not ("decorators" or "type")
                && !(child.Type == "identifier" && child.Field is "function" or "initializer"))
            .SelectMany(ReferencesIn);
    }

    private static Dictionary<string, SyntaxNode> Arguments(SyntaxNode module) =>
        module.All.First(node => node.Type == "object").Properties.TryGetValue("params", out var given) ? given.Properties : [];

    private bool IsSecure(int index) => index > 0 && Tree.Children[index - 1] is { Type: "decorators" } decorators
        && decorators.Children.Any(decorator => decorator.Text == "@secure()");

    private string Resolve(string file)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        return System.IO.Path.GetRelativePath("/", System.IO.Path.GetFullPath(System.IO.Path.Combine("/", folder, file)));
    }

    // storage.outputs.name · network!.outputs.id
    [GeneratedRegex(@"\b(\w+)!?\.outputs\.(\w+)")]
    private static partial Regex ModuleOutput();

    [GeneratedRegex(@"(?<!:)//[^\n]*")]
    private static partial Regex Comment();
}
