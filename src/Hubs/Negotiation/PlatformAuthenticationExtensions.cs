using Microsoft.AspNetCore.Authentication;
using Serverless.Hubs;
using Serverless.Hubs.Negotiation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Provides the extension method that adds the platform's built-in authentication as a scheme.</summary>
public static class PlatformAuthenticationExtensions
{
    /// <summary>The name of the scheme.</summary>
    public const string Scheme = "Platform";

    /// <summary>
    /// Adds the built-in authentication of App Service, Functions and Container Apps ("Easy Auth") as a scheme, so that <c>[Authorize]</c>
    /// sees the user whom the platform has signed in.
    /// </summary>
    /// <param name="authentication">The authentication builder.</param>
    /// <returns>The authentication builder.</returns>
    /// <remarks>Use it only where the platform's authentication is turned on: see <see cref="PlatformPrincipal"/>.</remarks>
    public static AuthenticationBuilder AddPlatform(this AuthenticationBuilder authentication) =>
        authentication.AddScheme<AuthenticationSchemeOptions, PlatformAuthenticationHandler>(Scheme, configureOptions: null);
}
