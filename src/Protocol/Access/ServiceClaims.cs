namespace Serverless.Protocol;

/// <summary>Names of the claims in client tokens that the gateway itself reads, as the official SDKs write them.</summary>
public static class ServiceClaims
{
    /// <summary>What the names of all system claims begin with. They are never shown as the user's own claims.</summary>
    public const string Prefix = "asrs.s.";

    /// <summary>What is put before a user's claim whose name is also a token's own, and taken off when it is shown again.</summary>
    public const string UserPrefix = "asrs.u.";

    /// <summary>The user id; wins over every other claim that names the user.</summary>
    public const string UserId = Prefix + "uid";

    /// <summary>The authentication type of the user's identity, where it is not <c>Bearer</c>.</summary>
    public const string AuthenticationType = Prefix + "aut";

    /// <summary>The claim type that holds the user's name.</summary>
    public const string NameType = Prefix + "nt";

    /// <summary>The claim type that holds the user's roles.</summary>
    public const string RoleType = Prefix + "rt";

    /// <summary><c>true</c>: a client whose traffic is traced.</summary>
    public const string Diagnostic = Prefix + "dc";

    /// <summary><c>True</c>: the client may see error details.</summary>
    public const string DetailedErrors = Prefix + "derror";

    /// <summary>Seconds that the client has for its handshake, 1 to 30.</summary>
    public const string HandshakeTimeout = Prefix + "cht";

    /// <summary>Seconds that may pass between two polls, and between negotiate and connect, 1 to 300.</summary>
    public const string MaxPollInterval = Prefix + "ttl";

    /// <summary>Transports the client may use, the sum of 1 WebSockets, 2 server-sent events, 4 long polling.</summary>
    public const string AllowedTransports = Prefix + "htt";

    /// <summary><c>true</c>: the connection is closed when the authentication it was made with expires.</summary>
    public const string CloseOnAuthExpiration = Prefix + "coae";

    /// <summary>Unix seconds at which the authentication expires.</summary>
    public const string AuthExpiresOn = Prefix + "aeo";

    /// <summary>Names that a token has for itself; a user's claim of such a name travels under <see cref="UserPrefix"/>.</summary>
    public static IReadOnlySet<string> TokenNames { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "aud", "exp", "iat", "nbf", "iss", "actort", "acr", "azp", "c_hash", "jti", "nonce",
    };

    /// <summary>Whether a claim of a token is the gateway's or the token's own business, so no claim of the user.</summary>
    public static bool IsSystem(string type) =>
        type.StartsWith(Prefix, StringComparison.Ordinal) || TokenNames.Contains(type);

    /// <summary>The name under which the app knows a user's claim: without <see cref="UserPrefix"/>.</summary>
    public static string Exposed(string type) =>
        type.StartsWith(UserPrefix, StringComparison.Ordinal) ? type[UserPrefix.Length..] : type;
}
