using Microsoft.AspNetCore.Http;

namespace Serverless.Hubs;

/// <summary>Represents a client's negotiate request, for <see cref="ServerlessHubsOptions.OnNegotiate"/> to change or refuse.</summary>
public sealed class NegotiateContext
{
    internal NegotiateContext(HttpContext httpContext, Type hubType, NegotiateOptions options)
    {
        HttpContext = httpContext;
        HubType = hubType;
        Options = options;
    }

    /// <summary>Gets the client's request.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Gets the class of the hub.</summary>
    public Type HubType { get; }

    /// <summary>Gets the options of the response, filled from the request's user. Changes take effect.</summary>
    public NegotiateOptions Options { get; }

    internal (int Status, string? Reason)? Refusal { get; private set; }

    /// <summary>Refuses the client.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="reason">The text of the response, or null for none.</param>
    public void Refuse(int status = StatusCodes.Status401Unauthorized, string? reason = null) => Refusal = (status, reason);
}
