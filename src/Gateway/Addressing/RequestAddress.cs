namespace Serverless.Gateway.Addressing;

/// <summary>The address that a request came to, as its host and the path that a proxy or an endpoint has before the gateway's own.</summary>
/// <param name="Host">The host's name, without port.</param>
/// <param name="Base">The path's decoded segments; empty where the gateway is at the root.</param>
internal readonly record struct RequestAddress(string Host, string[] Base)
{
    /// <summary>The address of a request that has passed the first middleware.</summary>
    public static RequestAddress Of(HttpContext context) => new(context.Request.Host.Host, BaseOf(context.Request));

    /// <summary>The segments of a request's base path; empty where there is none, or where it is not a path that requests may have.</summary>
    public static string[] BaseOf(HttpRequest request) =>
        request.PathBase.HasValue && RequestTarget.Parse(request.PathBase.ToUriComponent()) is { Error: null } target ? target.Segments.ToArray() : [];
}
