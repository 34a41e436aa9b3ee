using System.Security.Cryptography;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>Fills in the names that are unique to a run of a case.</summary>
internal static class RunName
{
    public const string Placeholder = "$run";

    public static string Create() => RandomNumberGenerator.GetHexString(12, lowercase: true);

    public static string Fill(string text, string run) => text.Replace(Placeholder, run, StringComparison.Ordinal);

    /// <summary>Returns the argument with the name filled in, and the ids of connections.</summary>
    public static object? Fill(object? argument, string run, Func<string, string?> connectionId) => argument switch
    {
        string { Length: 2 } text when text[0] == '$' => connectionId(text[1..]) ?? text,
        string text => Fill(text, run),
        string[] texts => texts.Select(text => (string)Fill(text, run, connectionId)!).ToArray(),
        _ => argument,
    };
}
