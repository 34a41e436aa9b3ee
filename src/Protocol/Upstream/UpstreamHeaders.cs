namespace Serverless.Protocol;

/// <summary>Provides the names of the headers of an upstream request.</summary>
public static class UpstreamHeaders
{
    /// <summary>The public connection id.</summary>
    public const string ConnectionId = "X-ASRS-Connection-Id";

    /// <summary>The hub's name.</summary>
    public const string Hub = "X-ASRS-Hub";

    /// <summary><c>connections</c> or <c>messages</c>; see <see cref="UpstreamCategories"/>.</summary>
    public const string Category = "X-ASRS-Category";

    /// <summary><c>connected</c>, <c>disconnected</c>, or the target of an invocation.</summary>
    public const string Event = "X-ASRS-Event";

    /// <summary>One signature per access key; see <see cref="UpstreamSignature"/>.</summary>
    public const string Signature = "X-ASRS-Signature";

    /// <summary>The user id; absent for anonymous clients.</summary>
    public const string UserId = "X-ASRS-User-Id";

    /// <summary>The user's claims; see <see cref="UserClaimsHeader"/>.</summary>
    public const string UserClaims = "X-ASRS-User-Claims";

    /// <summary>The query of the client's connect request, with its leading <c>?</c>.</summary>
    public const string ClientQuery = "X-ASRS-Client-Query";
}
