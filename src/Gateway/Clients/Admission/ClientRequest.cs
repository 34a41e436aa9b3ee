using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>The parts of a client's request that <see cref="ClientAuthenticator"/> checks.</summary>
/// <param name="Query">The request's query.</param>
/// <param name="Authorization">The <c>Authorization</c> header; its token takes precedence over the query's.</param>
/// <param name="Address">The address that the request was sent to.</param>
internal sealed record ClientRequest(ClientQuery Query, string? Authorization, RequestAddress Address)
{
    /// <summary>The transport that the client's token must allow; null where the request is not bound to one.</summary>
    public ClientTransports? Transport { get; init; }

    /// <summary>True where the request must name a connection by its token.</summary>
    public bool NeedsConnectionToken { get; init; }

    /// <summary>False where the request may belong to a live connection: such a request is served while the node stops.</summary>
    public bool IsNew { get; init; } = true;

    /// <summary>False where HTTP checks a refused request again: that check reports a refused token to the log and the live trace.</summary>
    public bool ReportsRefusal { get; init; } = true;

    /// <summary>Reads the header and the address of an HTTP request.</summary>
    public static ClientRequest Of(HttpContext context, ClientQuery query) =>
        new(query, context.Request.Headers.Authorization, RequestAddress.Of(context));
}
