using System.Diagnostics.CodeAnalysis;

namespace Serverless.Gateway.Addressing;

/// <summary>The rule for group and user names: 1–1,024 characters, not all white space (docs/contract/rest-api.md#common-rules).</summary>
internal static class ResourceName
{
    /// <summary>What a bad name's sender is told.</summary>
    public const string Rule = "1-1024 characters, not only white space.";

    private const int MaxLength = 1024;

    /// <summary>Whether the text can name a group or a user.</summary>
    public static bool IsValid([NotNullWhen(true)] string? name) =>
        !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength;
}
