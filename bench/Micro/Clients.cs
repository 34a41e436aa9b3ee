using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Creates connections of the gateway over outputs of the benchmark.</summary>
internal static class Clients
{
    private static readonly ClientOptions Options = new();

    private static readonly HubMeters Meters = new();

    private static readonly ClientIdentity Identity =
        ClientIdentity.From(new JsonWebToken("{\"alg\":\"none\"}", "{\"sub\":\"alice\",\"role\":\"admin\"}"));

    public static ClientConnection Create(string id, HubProtocol protocol, DrainWorkers workers, IConnectionOutput output)
    {
        Ensure.That(HubName.TryParseJoined("chat", out var hub), "the hub's name is none");
        return new ClientConnection(Options, TimeProvider.System, Meters.Of(hub), workers, output, abort: static () => { })
        {
            Id = id,
            Hub = hub,
            Identity = Identity,
            Protocol = protocol,
        };
    }
}
