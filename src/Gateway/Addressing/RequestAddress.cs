namespace Serverless.Gateway.Addressing;

/// <summary>
/// Represents the address of a request: its host, and the base path that a proxy or an endpoint has before the gateway's own paths.
/// </summary>
/// <param name="Host">The host's name, without port.</param>
/// <param name="Base">The base path's decoded segments; empty if the gateway is at the root.</param>
internal readonly record struct RequestAddress(string Host, string[] Base)
{
    /// <summary>Returns the address of a request that has passed the first middleware.</summary>
    public static RequestAddress Of(HttpContext context) => new(context.Request.Host.Host, BaseOf(context.Request));

    /// <summary>Returns the segments of a request's base path; empty without one, or if it is not a valid path.</summary>
    public static string[] BaseOf(HttpRequest request) =>
        request.PathBase.HasValue && RequestTarget.Parse(request.PathBase.ToUriComponent()) is { Error: null } target ? target.Segments.ToArray() : [];
}
