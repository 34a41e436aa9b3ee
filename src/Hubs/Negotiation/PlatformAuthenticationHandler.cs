using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Serverless.Hubs.Negotiation;

/// <summary>Signs in the user of <see cref="PlatformPrincipal"/>, so that <c>[Authorize]</c> applies to it.</summary>
internal sealed class PlatformAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(PlatformPrincipal.Read(Request) is { } user
        && user.HasClaim(static claim => claim.Type == ClaimTypes.NameIdentifier)
        ? AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name))
        : AuthenticateResult.NoResult());
}
