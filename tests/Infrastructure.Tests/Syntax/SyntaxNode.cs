using System.Text.Json.Serialization;

namespace Serverless.Infrastructure.Tests.Syntax;

/// <summary>A node of a Bicep file's tree, as <c>parse.mjs</c> writes it.</summary>
internal sealed record SyntaxNode(
    [property: JsonPropertyName("t")] string Type,
    [property: JsonPropertyName("f")] string? Field,
    [property: JsonPropertyName("l")] int Line,
    [property: JsonPropertyName("x")] string Text,
    [property: JsonPropertyName("e")] bool IsError,
    [property: JsonPropertyName("c")] IReadOnlyList<SyntaxNode> Children)
{
    /// <summary>This node and all below it.</summary>
    public IEnumerable<SyntaxNode> All => Children.SelectMany(child => child.All).Prepend(this);

    /// <summary>The nodes below it of a type.</summary>
    public IEnumerable<SyntaxNode> Of(string type) => All.Where(node => node.Type == type);

    /// <summary>A string's text without its quotes; an interpolation stands as it is written.</summary>
    public string Unquoted => Text.Trim('\'');

    /// <summary>An object's properties by name.</summary>
    public Dictionary<string, SyntaxNode> Properties => Children
        .Where(child => child.Type == "object_property" && child.Children.Count == 2)
        .ToDictionary(child => child.Children[0].Unquoted, child => child.Children[1]);
}
