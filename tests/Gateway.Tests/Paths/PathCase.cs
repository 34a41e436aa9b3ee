namespace Serverless.Gateway.Tests.Paths;

/// <summary>One request of the table: a spelling of a route, with a token for something.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Target">The raw request target.</param>
/// <param name="Spelling">What is odd about it.</param>
/// <param name="Token">What it is signed for.</param>
/// <param name="Wanted">What the plain spelling executes.</param>
internal sealed record PathCase(string Method, string Target, string Spelling, PathToken Token, string Wanted)
{
    /// <summary>Kestrel refuses it and hangs up.</summary>
    public bool EndsConnection => Target.Contains("%00", StringComparison.Ordinal) || Target.StartsWith("http://localhost\\", StringComparison.Ordinal);

    /// <summary>The request as bytes go.</summary>
    public string Request(string header) =>
        $"{Method} {Target} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Length: 0\r\n"
        + (Token.Text.Length > 0 ? $"Authorization: Bearer {Token.Text}\r\n\r\n" : "\r\n");

    public override string ToString() => $"{Method} {Target} ({Spelling}; token for {Token.Audience})";
}

/// <summary>A token and what it allows, decided from how it was made.</summary>
/// <param name="Audience">Its <c>aud</c>.</param>
/// <param name="Text">The compact form; empty for no token.</param>
/// <param name="Allows">Whether what was executed, as <see cref="RecordingGateway"/> records it, is what the token is for.</param>
internal sealed record PathToken(string Audience, string Text, Func<string, bool> Allows);
