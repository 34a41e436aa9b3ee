using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Clients.Transports;

/// <summary>Creates the <see cref="ClientConnection"/> of an admitted client, for every transport.</summary>
internal sealed class ClientConnectionFactory(HubMeters meters, DrainWorkers workers, IOptions<ClientOptions> options, TimeProvider time)
{
    private readonly ClientOptions _options = options.Value;

    /// <summary>Creates a connection with an empty outbox; its session has not started yet.</summary>
    /// <param name="admitted">The admitted connection.</param>
    /// <param name="transport">The transport that carries it.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="abort">Ends the transport at once.</param>
    public ClientConnection Create(NewConnection admitted, ClientTransports transport, IConnectionOutput output, Action abort)
    {
        var client = admitted.Client;
        return new ClientConnection(_options, time, meters.Of(client.Hub), workers, output, abort)
        {
            Id = admitted.Id,
            Hub = client.Hub,
            Identity = client.Identity,
            ClientQuery = admitted.Query,
            Kind = client.Kind,
            Transport = transport,
            Ip = admitted.Ip,
        };
    }
}
