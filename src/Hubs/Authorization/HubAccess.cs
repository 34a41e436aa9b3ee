namespace Serverless.Hubs;

/// <summary>The result of an authorization check: allowed, or the status with which the caller is refused.</summary>
internal readonly record struct HubAccess(int Status)
{
    public static HubAccess Allowed => new(200);

    /// <summary>The caller is not authenticated.</summary>
    public static HubAccess Unauthenticated => new(401);

    /// <summary>The caller is authenticated and not authorized.</summary>
    public static HubAccess Forbidden => new(403);

    public bool IsAllowed => Status == 200;
}
