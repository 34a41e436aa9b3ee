using System.Diagnostics.CodeAnalysis;

namespace Serverless.Gateway.Addressing;

/// <summary>Checks the names of groups and users: 1–1,024 characters, not all white space (docs/contract/rest-api.md#common-rules).</summary>
internal static class ResourceName
{
    /// <summary>The rule in words, for errors.</summary>
    public const string Rule = "1-1024 characters, not only white space.";

    private const int MaxLength = 1024;

    /// <summary>Returns true when the text can name a group or a user.</summary>
    public static bool IsValid([NotNullWhen(true)] string? name) =>
        !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength;
}
