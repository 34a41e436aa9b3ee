using System.Globalization;
using System.Security.Claims;
using Serverless.Hubs.Management;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Creates negotiate responses. The token is signed with the connection string's key; no request is sent.</summary>
public sealed class Negotiator
{
    private readonly ServiceConnectionString _connection;
    private readonly string _accessKey;
    private readonly TimeProvider _time;

    /// <summary>Initializes a new instance for the gateway of a connection string.</summary>
    /// <param name="connectionString">The gateway's connection string.</param>
    /// <param name="timeProvider">The clock for the times in tokens; the system clock when null.</param>
    /// <exception cref="ArgumentException">The connection string has no AccessKey.</exception>
    public Negotiator(ServiceConnectionString connectionString, TimeProvider? timeProvider = null)
    {
        _connection = connectionString;
        _accessKey = connectionString.AccessKey ?? throw new ArgumentException(
            "The connection string has no AccessKey to sign client tokens with.", nameof(connectionString));
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Creates the URL and token for one client.</summary>
    /// <param name="options">The options of the client's connection.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ArgumentException">The hub is missing, its name is not valid, or the claims make the token too long.</exception>
    public NegotiateResponse Negotiate(NegotiateOptions options) => Negotiate(options, hub: null);

    /// <param name="options">The options of the client's connection.</param>
    /// <param name="hub">The hub to use where <paramref name="options"/> contain none.</param>
    internal NegotiateResponse Negotiate(NegotiateOptions options, string? hub)
    {
        hub = HubName.Parse(options.Hub ?? hub ?? throw new ArgumentException("NegotiateOptions.Hub is not set.", nameof(options)));
        var now = _time.GetUtcNow();
        var query = options.Query.Length == 0 ? "" : "&" + options.Query;
        return new NegotiateResponse
        {
            Url = $"{_connection.ClientEndpoint.AbsoluteUri.TrimEnd('/')}/client/?hub={hub}{query}",
            AccessToken = AccessTokens.Create(
                _accessKey,
                AccessTokens.ClientAudience(_connection.AudienceBase, hub),
                now,
                options.Lifetime,
                options.UserId,
                SystemClaims(options, now + options.Lifetime).Concat(UserClaims(options))),
            TokenLifetimeSeconds = options.AuthenticationExpires is { } expires ? Math.Max(0, (long)(expires - now).TotalSeconds) : null,
        };
    }

    // A sign-in may copy claims that the user chose, so claims reserved for the gateway are left out.
    private static IEnumerable<Claim> UserClaims(NegotiateOptions options) =>
        options.Claims.Where(claim => !claim.Type.StartsWith(ServiceClaims.Prefix, StringComparison.Ordinal));

    private static IEnumerable<Claim> SystemClaims(NegotiateOptions options, DateTimeOffset expires)
    {
        (string Type, string? Value)[] identity =
        [
            (ServiceClaims.AuthenticationType, options.AuthenticationType),
            (ServiceClaims.NameType, options.NameClaimType),
            (ServiceClaims.RoleType, options.RoleClaimType),
        ];
        foreach (var (type, value) in identity)
        {
            if (!string.IsNullOrEmpty(value))
            {
                yield return new Claim(type, value);
            }
        }

        if (options.IsDiagnosticClient)
        {
            yield return new Claim(ServiceClaims.Diagnostic, "true");
        }

        if (options.EnableDetailedErrors)
        {
            yield return new Claim(ServiceClaims.DetailedErrors, "True");
        }

        if (options.CloseOnAuthenticationExpiration)
        {
            yield return new Claim(ServiceClaims.CloseOnAuthExpiration, "true");
            yield return new Claim(
                ServiceClaims.AuthExpiresOn, (options.AuthenticationExpires ?? expires).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        }
    }
}
