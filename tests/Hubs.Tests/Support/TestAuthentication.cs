using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Serverless.Hubs.Tests.Support;

/// <summary>
/// Signs in the user that the header <c>X-Test-User</c> describes, percent-encoded, such as <c>id=ann;role=admin;expires=2030-01-01</c>. The types of the name
/// and of roles are the short ones.
/// </summary>
internal sealed class TestAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Header = "X-Test-User";

    public static void Add(IServiceCollection services) =>
        services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, TestAuthentication>("Test", null);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers[Header].ToString() is not { Length: > 0 } header)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var parts = Uri.UnescapeDataString(header).Split(';').Select(part => part.Split('=', 2)).ToList();
        var properties = new AuthenticationProperties();
        if (parts.Find(part => part[0] == "expires") is [_, var expires])
        {
            properties.ExpiresUtc = DateTimeOffset.Parse(expires, CultureInfo.InvariantCulture);
        }

        var claims = parts.Where(part => part[0] != "expires").Select(part => new Claim(part[0] == "id" ? ClaimTypes.NameIdentifier : part[0], part[1]));
        var user = new ClaimsPrincipal(new ClaimsIdentity(claims, "TestType", "nick", "rank"));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, properties, "Test")));
    }
}
