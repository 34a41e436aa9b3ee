using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Protocol;

namespace Serverless.Gateway.Access;

/// <summary>Represents the claims of a client's token, in the forms that the gateway passes on.</summary>
internal sealed class ClientIdentity
{
    private const string NameIdentifierUri = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";

    private const long LastUnixSecond = 253_402_300_799; // the end of the year 9999

    // Short names that ASP.NET maps to URIs when it reads a token. Functions may look for either, so both are sent upstream
    // (docs/contract/upstream-requests.md#x-asrs-user-claims).
    private static readonly Dictionary<string, string> LongNames = new(StringComparer.Ordinal)
    {
        ["nameid"] = NameIdentifierUri,
        ["sub"] = NameIdentifierUri,
        ["role"] = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        ["roles"] = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        ["unique_name"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        ["email"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        ["given_name"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        ["family_name"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    };

    private ClientIdentity()
    {
    }

    /// <summary>Gets the identity of a viewer of the gateway itself.</summary>
    public static ClientIdentity Viewer { get; } =
        new() { DetailedErrors = true, Expires = DateTimeOffset.MaxValue, Transports = ClientTransports.WebSockets };

    /// <summary>Gets the user's id; null for an anonymous client.</summary>
    public string? UserId { get; private init; }

    /// <summary>Gets the value of <c>X-ASRS-User-Claims</c>; null without claims.</summary>
    public string? ClaimsHeader { get; private init; }

    /// <summary>Gets the token's handshake time-out (<c>asrs.s.cht</c>, 1–30 s); null if the token sets none.</summary>
    public TimeSpan? HandshakeTimeout { get; private init; }

    /// <summary>Gets a value that indicates whether errors to the client may have details (<c>asrs.s.derror</c>).</summary>
    public bool DetailedErrors { get; private init; }

    /// <summary>Gets a value that indicates whether the client is traced in full (<c>asrs.s.dc</c>).</summary>
    public bool IsDiagnostic { get; private init; }

    /// <summary>Gets the time when the client's authentication expires: <c>asrs.s.aeo</c>, else the token's own expiry.</summary>
    public DateTimeOffset Expires { get; private init; }

    /// <summary>Gets a value that indicates whether the connection is closed at <see cref="Expires"/> (<c>asrs.s.coae</c>).</summary>
    public bool ClosesOnExpiry { get; private init; }

    /// <summary>Gets the token's maximum time without a poll (<c>asrs.s.ttl</c>, 1–300 s); null if the token sets none.</summary>
    public TimeSpan? MaxPollInterval { get; private init; }

    /// <summary>Gets the transports that the client may use (<c>asrs.s.htt</c>); all without the claim.</summary>
    public ClientTransports Transports { get; private init; }

    /// <summary>
    /// Reads a validated token. User id: <c>asrs.s.uid</c>, else the first of <c>nameid</c> and <c>sub</c> (docs/contract/tokens.md#user-id).
    /// </summary>
    public static ClientIdentity From(JsonWebToken token)
    {
        string? userId = null;
        string? nameIdentifier = null;
        TimeSpan? handshakeTimeout = null;
        var detailedErrors = false;
        var isDiagnostic = false;
        var closesOnExpiry = false;
        DateTimeOffset? expires = null;
        TimeSpan? maxPollInterval = null;
        var transports = ClientTransports.All;
        var exposed = new List<KeyValuePair<string, string>>();
        foreach (var claim in token.Claims)
        {
            switch (claim.Type)
            {
                case ServiceClaims.UserId:
                    userId = claim.Value;
                    break;
                case "nameid" or "sub" or NameIdentifierUri:
                    nameIdentifier ??= claim.Value;
                    break;
                case ServiceClaims.HandshakeTimeout when int.TryParse(claim.Value, out var seconds) && seconds is >= 1 and <= 30:
                    handshakeTimeout = TimeSpan.FromSeconds(seconds);
                    break;
                case ServiceClaims.DetailedErrors:
                    detailedErrors = bool.TryParse(claim.Value, out var on) && on;
                    break;
                case ServiceClaims.Diagnostic:
                    isDiagnostic = bool.TryParse(claim.Value, out var traced) && traced;
                    break;
                case ServiceClaims.CloseOnAuthExpiration:
                    closesOnExpiry = bool.TryParse(claim.Value, out var closes) && closes;
                    break;
                case ServiceClaims.AuthExpiresOn when long.TryParse(claim.Value, out var end) && end is >= 0 and <= LastUnixSecond:
                    expires = DateTimeOffset.FromUnixTimeSeconds(end);
                    break;
                case ServiceClaims.MaxPollInterval when int.TryParse(claim.Value, out var seconds) && seconds is >= 1 and <= 300:
                    maxPollInterval = TimeSpan.FromSeconds(seconds);
                    break;
                case ServiceClaims.AllowedTransports when int.TryParse(claim.Value, out var flags):
                    transports = (ClientTransports)flags & ClientTransports.All;
                    break;
                default:
                    break;
            }

            // As in the emulator, every claim is sent upstream, including the token's own ones.
            var value = WithoutForgedPairs(claim.Value);
            exposed.Add(new(ServiceClaims.Exposed(claim.Type), value));
            if (LongNames.TryGetValue(claim.Type, out var longName))
            {
                exposed.Add(new(longName, value));
            }
        }

        userId = string.IsNullOrEmpty(userId) ? nameIdentifier : userId;
        return new ClientIdentity
        {
            UserId = string.IsNullOrEmpty(userId) ? null : userId,
            ClaimsHeader = exposed.Count == 0 ? null : UserClaimsHeader.Format(exposed),
            HandshakeTimeout = handshakeTimeout,
            DetailedErrors = detailedErrors,
            IsDiagnostic = isDiagnostic,
            Expires = expires ?? (token.ValidTo == default ? DateTimeOffset.MaxValue : new DateTimeOffset(token.ValidTo, TimeSpan.Zero)),
            ClosesOnExpiry = closesOnExpiry,
            MaxPollInterval = maxPollInterval,
            Transports = transports,
        };
    }

    // The display name "Bob, role: admin" would read as a second claim, because the header has no escapes. Only such commas are encoded.
    private static string WithoutForgedPairs(string value) =>
        value.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0
        && value.AsSpan(comma).Contains(": ", StringComparison.Ordinal)
            ? value.Replace(",", "%2C", StringComparison.Ordinal)
            : value;
}
