namespace Serverless.Gateway.Access;

/// <summary>Takes the token out of an <c>Authorization</c> header.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The token, or null if the header is absent or of another scheme.</summary>
    public static string? Of(string? authorization) =>
        authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[Scheme.Length..].Trim() : null;
}
