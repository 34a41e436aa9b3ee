using System.Net;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>The parts of an upgrade request that decide whether a WebSocket is admitted, whether HTTP or the front has read them.</summary>
/// <param name="Query">The request's query.</param>
/// <param name="Authorization">The <c>Authorization</c> header.</param>
/// <param name="Address">The address that the request was sent to.</param>
/// <param name="Origin">The <c>Origin</c> header.</param>
/// <param name="Key">The <c>Sec-WebSocket-Key</c> header.</param>
/// <param name="Ip">The client's address; null if its socket has already closed.</param>
internal sealed record WebSocketRequest(
    ClientQuery Query, string? Authorization, RequestAddress Address, string? Origin, string? Key, IPAddress? Ip)
{
    /// <summary>True if the server can upgrade the request.</summary>
    public bool IsUpgradable { get; init; } = true;

    /// <summary>True if the request asks for version 13 of the protocol.</summary>
    public bool IsVersion13 { get; init; } = true;

    /// <summary>False where HTTP checks a refused request again: that check reports a refused token to the log and the live trace.</summary>
    public bool ReportsRefusal { get; init; } = true;
}
