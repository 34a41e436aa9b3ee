using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Tests.Connections;

namespace Serverless.Gateway.Tests.Hosting;

public sealed class LivenessTests
{
    [Fact]
    public void A_process_is_live_unless_its_heartbeat_has_stood_still_for_a_minute()
    {
        using var clients = new TestClients();
        using var heartbeat = new Heartbeat(
            new ConnectionTable(NodeId.Create(), clients.Time), clients.Workers, Options.Create(clients.Options), clients.Time, NullLogger<Heartbeat>.Instance);
        var liveness = new Liveness(heartbeat, clients.Time);
        Assert.Null(liveness.Failure);

        clients.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(liveness.Failure);

        clients.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("The heartbeat of the connections stopped 60 s ago.", liveness.Failure);

        heartbeat.Tick();
        Assert.Null(liveness.Failure);
    }
}
