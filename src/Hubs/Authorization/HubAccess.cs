namespace Serverless.Hubs;

/// <summary>Whether a caller may go on, and with what status one that may not is refused.</summary>
internal readonly record struct HubAccess(int Status)
{
    public static HubAccess Allowed => new(200);

    /// <summary>Nobody is known to have called.</summary>
    public static HubAccess Unauthenticated => new(401);

    /// <summary>It is known who called, and that is not enough.</summary>
    public static HubAccess Forbidden => new(403);

    public bool IsAllowed => Status == 200;
}
