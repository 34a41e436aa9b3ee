using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.EndToEnd.Boards;

/// <summary>
/// The app's own authentication of bearer tokens. It replaces the package Microsoft.AspNetCore.Authentication.JwtBearer, which does not
/// restore where the tests run, and sets <c>HttpContext.User</c> in the same way.
/// </summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Audience = "boards";

    private static readonly SymmetricSecurityKey Key = new(System.Text.Encoding.UTF8.GetBytes("the key of an issuer of bearer tokens, 0123456789"));

    /// <summary>Creates a token of the app's issuer.</summary>
    public static string Token(string audience, params Claim[] claims) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Audience = audience,
        Subject = new ClaimsIdentity(claims),
        Expires = DateTime.UtcNow.AddHours(1),
        SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.HmacSha256),
    });

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            Request.Headers.Authorization.ToString()["Bearer ".Length..],
            new TokenValidationParameters { IssuerSigningKey = Key, ValidAudience = Audience, ValidateIssuer = false });
        return result.IsValid
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(result.ClaimsIdentity), Scheme.Name))
            : AuthenticateResult.Fail(result.Exception);
    }
}
