namespace Serverless.Protocol;

/// <summary>Provides the types of the claims in client tokens that the gateway itself reads, as the official SDKs write them.</summary>
public static class ServiceClaims
{
    /// <summary>The prefix of all system claims. System claims are never exposed as claims of the user.</summary>
    public const string Prefix = "asrs.s.";

    /// <summary>
    /// The prefix of a user's claim whose type collides with one of <see cref="TokenNames"/>. It is removed when the claim is exposed.
    /// </summary>
    public const string UserPrefix = "asrs.u.";

    /// <summary>The user id. It takes precedence over every other claim that identifies the user.</summary>
    public const string UserId = Prefix + "uid";

    /// <summary>The authentication type of the user's identity, where it is not <c>Bearer</c>.</summary>
    public const string AuthenticationType = Prefix + "aut";

    /// <summary>The claim type that holds the user's name.</summary>
    public const string NameType = Prefix + "nt";

    /// <summary>The claim type that holds the user's roles.</summary>
    public const string RoleType = Prefix + "rt";

    /// <summary><c>true</c>: the gateway logs every event of the client's connection.</summary>
    public const string Diagnostic = Prefix + "dc";

    /// <summary><c>True</c>: the client receives detailed error messages.</summary>
    public const string DetailedErrors = Prefix + "derror";

    /// <summary>The handshake timeout in seconds, 1 to 30.</summary>
    public const string HandshakeTimeout = Prefix + "cht";

    /// <summary>The maximum time between two polls, and between negotiate and connect, in seconds, 1 to 300.</summary>
    public const string MaxPollInterval = Prefix + "ttl";

    /// <summary>The transports that the client may use, as the sum of 1 WebSockets, 2 server-sent events, 4 long polling.</summary>
    public const string AllowedTransports = Prefix + "htt";

    /// <summary><c>true</c>: the connection is closed when its authentication expires.</summary>
    public const string CloseOnAuthExpiration = Prefix + "coae";

    /// <summary>The time at which the authentication expires, in Unix seconds.</summary>
    public const string AuthExpiresOn = Prefix + "aeo";

    /// <summary>Gets the claim types that belong to the token itself. A user's claim of such a type is sent with <see cref="UserPrefix"/>.</summary>
    public static IReadOnlySet<string> TokenNames { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "aud", "exp", "iat", "nbf", "iss", "actort", "acr", "azp", "c_hash", "jti", "nonce",
    };

    /// <summary>Determines whether a token's claim belongs to the gateway or to the token itself, and not to the user.</summary>
    /// <param name="type">The claim's type.</param>
    /// <returns>True when the claim is not a claim of the user.</returns>
    public static bool IsSystem(string type) =>
        type.StartsWith(Prefix, StringComparison.Ordinal) || TokenNames.Contains(type);

    /// <summary>Returns the type under which a user's claim is exposed to the app: without <see cref="UserPrefix"/>.</summary>
    /// <param name="type">The claim's type in the token.</param>
    /// <returns>The claim's type for the app.</returns>
    public static string Exposed(string type) =>
        type.StartsWith(UserPrefix, StringComparison.Ordinal) ? type[UserPrefix.Length..] : type;
}
