using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Tests.Metering;

public class HubMeterTests
{
    [Fact]
    public void Traffic_from_many_threads_adds_up_exactly()
    {
        const int Threads = 8;
        const int Rounds = 100_000;
        var counter = new TrafficCounter();
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, _ =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                counter.Add(new Traffic(1, 3, 5));
            }
        });
        Assert.Equal(new Traffic(Threads * Rounds, 3L * Threads * Rounds, 5L * Threads * Rounds), counter.Total);
    }

    [Fact]
    public void What_viewers_are_sent_and_who_they_are_is_apart_from_clients()
    {
        var meter = new HubMeter(HubName.Gateway.Value);
        meter.Opened(ConnectionKind.LiveTrace);
        meter.ToClients.Add(new Traffic(2, 3, 5000));
        Assert.Equal(new Usage { BytesSent = 5000, LiveTraceUnits = 3, LiveTraceOpened = 1 }, meter.Total);
        Assert.Equal((3, 0), (meter.Total.Units, meter.Total.MessageUnits));
    }

    [Fact]
    public void Connections_are_counted_by_kind_and_end_in_a_category()
    {
        var meter = new HubMeter("chat");
        meter.Opened(ConnectionKind.Client);
        meter.Opened(ConnectionKind.Client);
        meter.Opened(ConnectionKind.Diagnostic);
        meter.Opened(ConnectionKind.LiveTrace);
        Assert.Equal((2, 1, 0, 1), (
            meter.Open(ConnectionKind.Client),
            meter.Open(ConnectionKind.Diagnostic),
            meter.Open(ConnectionKind.Server),
            meter.Open(ConnectionKind.LiveTrace)));
        Assert.Equal(3, meter.Clients); // a diagnostic client counts as a client, a viewer of the live trace does not
        meter.Closed(ConnectionKind.Client, CloseCategory.SlowClient);
        Assert.Equal(2, meter.Clients);
        Assert.Equal(2, meter.OpenedOf(ConnectionKind.Client));
        Assert.Equal(1, meter.ClosedOf(ConnectionKind.Client, CloseCategory.SlowClient));
        Assert.Equal(0, meter.ClosedOf(ConnectionKind.Client, CloseCategory.Normal));
        Assert.Equal(0, meter.ClosedOf(ConnectionKind.Diagnostic, CloseCategory.SlowClient));
    }

    [Fact]
    public void The_peak_begins_anew_with_those_who_are_here()
    {
        var meter = new HubMeter("chat");
        meter.Opened(ConnectionKind.Client);
        meter.Opened(ConnectionKind.Client);
        meter.Opened(ConnectionKind.Client);
        meter.Closed(ConnectionKind.Client, CloseCategory.Normal);
        meter.Closed(ConnectionKind.Client, CloseCategory.Normal);
        Assert.Equal(3, meter.TakePeak());
        Assert.Equal(1, meter.TakePeak());
        meter.Opened(ConnectionKind.Diagnostic);
        meter.Closed(ConnectionKind.Diagnostic, CloseCategory.Normal);
        Assert.Equal(2, meter.TakePeak());
        Assert.Equal(1, meter.TakePeak());
    }

    [Fact]
    public void Every_reason_has_a_category_and_every_category_says_whose_fault_it_is()
    {
        var categories = Enum.GetValues<CloseReason>().ToDictionary(reason => reason, reason => reason.Category());
        Assert.Equal([CloseReason.None, CloseReason.ClosedByClient], categories.Where(pair => pair.Value == CloseCategory.Normal).Select(pair => pair.Key));
        Assert.Equal(CloseCategory.InvokeUpstreamFailed, categories[CloseReason.RefusedByUpstream]);
        Assert.Equal(Fault.User, CloseReason.ClientTimeout.Category().Fault());
        Assert.Equal(Fault.System, CloseReason.InternalError.Category().Fault());
        Assert.Equal(Fault.None, CloseReason.NodeStopping.Category().Fault());
    }
}
