namespace Serverless.Gateway.Tests.Paths;

/// <summary>A request of the table: a spelling of a route, with a token for some resource.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Target">The raw request target.</param>
/// <param name="Spelling">The kind of spelling.</param>
/// <param name="Token">The token.</param>
/// <param name="Wanted">The operation that the plain spelling executes.</param>
internal sealed record PathCase(string Method, string Target, string Spelling, PathToken Token, string Wanted)
{
    /// <summary>True when Kestrel refuses the request and closes the connection.</summary>
    public bool EndsConnection => Target.Contains("%00", StringComparison.Ordinal) || Target.StartsWith("http://localhost\\", StringComparison.Ordinal);

    /// <summary>Returns the request's text on the wire.</summary>
    public string Request(string header) =>
        $"{Method} {Target} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Length: 0\r\n"
        + (Token.Text.Length > 0 ? $"Authorization: Bearer {Token.Text}\r\n\r\n" : "\r\n");

    public override string ToString() => $"{Method} {Target} ({Spelling}; token for {Token.Audience})";
}

/// <summary>A token and the operations that it allows, derived from its creation.</summary>
/// <param name="Audience">The token's <c>aud</c>.</param>
/// <param name="Text">The compact form; empty for no token.</param>
/// <param name="Allows">Returns true when an executed operation, as <see cref="RecordingGateway"/> records it, is allowed by the token.</param>
internal sealed record PathToken(string Audience, string Text, Func<string, bool> Allows);
