namespace Serverless.Protocol.Tests.Oracle;

/// <summary>The result of reading an input: what was read and its length, or the reason of a refusal.</summary>
/// <param name="Text">The values that were read, as text; null when the input was refused.</param>
/// <param name="Bytes">The number of bytes that were read.</param>
/// <param name="Refusal">The error's message; null when the input was accepted.</param>
internal readonly record struct Reading(string? Text, int Bytes, string? Refusal)
{
    public bool IsAccepted => Refusal is null;

    public static Reading Accepted(string text, int bytes) => new(text, bytes, null);

    public static Reading Refused(string reason) => new(null, 0, reason);
}
