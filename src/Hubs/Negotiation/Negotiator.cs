using System.Globalization;
using System.Security.Claims;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Makes negotiate responses. No request is sent: the token is signed with the connection string's key.</summary>
public sealed class Negotiator
{
    private readonly ServiceConnectionString _connection;
    private readonly string _accessKey;
    private readonly TimeProvider _time;

    /// <summary>A negotiator for the gateway that a connection string names.</summary>
    public Negotiator(ServiceConnectionString connectionString, TimeProvider? timeProvider = null)
    {
        _connection = connectionString;
        _accessKey = connectionString.AccessKey ?? throw new ArgumentException(
            "The connection string has no AccessKey, which client tokens are signed with.", nameof(connectionString));
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>The address and token for one client.</summary>
    /// <exception cref="ArgumentException">There is no hub, its name is none, or the claims make the token too long.</exception>
    public NegotiateResponse Negotiate(NegotiateOptions options) => Negotiate(options, hub: null);

    /// <param name="options">Who connects.</param>
    /// <param name="hub">The hub where <paramref name="options"/> name none.</param>
    internal NegotiateResponse Negotiate(NegotiateOptions options, string? hub)
    {
        hub = HubNameRule.Parse(options.Hub ?? hub ?? throw new ArgumentException("NegotiateOptions.Hub is not set.", nameof(options)));
        var now = _time.GetUtcNow();
        return new NegotiateResponse
        {
            Url = $"{_connection.ClientEndpoint.AbsoluteUri.TrimEnd('/')}/client/?hub={hub}",
            AccessToken = AccessTokens.Create(
                _accessKey,
                AccessTokens.ClientAudience(_connection.AudienceBase, hub),
                now,
                options.Lifetime,
                options.UserId,
                SystemClaims(options, now + options.Lifetime).Concat(UserClaims(options))),
        };
    }

    // Whoever signs a user in may copy claims that the user chose: none of them may speak to the gateway.
    private static IEnumerable<Claim> UserClaims(NegotiateOptions options) =>
        options.Claims.Where(claim => !claim.Type.StartsWith(ServiceClaims.Prefix, StringComparison.Ordinal));

    private static IEnumerable<Claim> SystemClaims(NegotiateOptions options, DateTimeOffset expires)
    {
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
                ServiceClaims.AuthExpiresOn, expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        }
    }
}
