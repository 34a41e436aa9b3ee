using System.Net;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>A connection that has been admitted to this node and is about to start.</summary>
/// <param name="Id">The public id.</param>
/// <param name="Client">The client.</param>
/// <param name="Query">The part of its query that goes upstream.</param>
/// <param name="Ip">The client's address; null if its socket has already closed.</param>
internal sealed record NewConnection(string Id, AuthenticatedClient Client, string? Query, IPAddress? Ip);
