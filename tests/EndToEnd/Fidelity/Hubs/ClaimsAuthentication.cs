using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>The app's own authentication: an unsigned bearer token with the claims of the user.</summary>
internal sealed class ClaimsAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Claims";

    private const string Prefix = "Bearer ";

    /// <summary>Returns the token of a user with these claims.</summary>
    public static string Token(IEnumerable<(string Type, string Value)> claims) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims.Select(claim => new[] { claim.Type, claim.Value })));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var claims = JsonSerializer.Deserialize<string[][]>(Base64Url.DecodeFromChars(header.AsSpan(Prefix.Length)))!;
        var identity = new ClaimsIdentity(claims.Select(claim => new Claim(claim[0], claim[1])), Scheme);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme)));
    }
}
