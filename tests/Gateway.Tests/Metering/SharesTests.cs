using Serverless.Gateway.Metering;
using Serverless.Gateway.Tests.Connections;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Metering;

/// <summary>Tests the figures that are percentages, read from time to time.</summary>
public class SharesTests
{
    private readonly FakeTime _time = new();
    private readonly HubMeters _meters = new();

    [Fact]
    public void Errors_are_shares_of_the_last_minute_s_ends()
    {
        var shares = new ErrorShares(_meters, _time);
        End(5, CloseCategory.ServiceTransientError); // before the first read
        Assert.Equal((0, 0), Look());
        End(6, CloseCategory.Normal);
        End(3, CloseCategory.SlowClient);
        End(1, CloseCategory.ServiceTransientError);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal((30, 10), Look());
        _time.Advance(TimeSpan.FromSeconds(15));
        End(10, CloseCategory.PingTimeout);
        Assert.Equal((65, 5), Look());

        // A minute later only later ends count.
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal((0, 0), Look());
        End(1, CloseCategory.ServiceTransientError);
        End(3, CloseCategory.ClosedByAppServer);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 25), Look());

        (double User, double System) Look() => (shares.Of(Fault.User), shares.Of(Fault.System));
    }

    [Fact]
    public void Load_is_what_was_used_since_the_last_look_of_all_processors()
    {
        var used = TimeSpan.FromHours(1);
        var load = new ServerLoad(_time, () => used, processors: 4);
        Assert.Equal(0, load.Percent);
        used += TimeSpan.FromSeconds(5);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(12.5, load.Percent, 6);
        used += TimeSpan.FromSeconds(3);
        _time.Advance(TimeSpan.FromSeconds(0.5)); // too soon for a new figure
        Assert.Equal(12.5, load.Percent, 6);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(75, load.Percent, 6);
    }

    [Fact]
    public void The_process_s_own_load_is_a_share()
    {
        var load = new ServerLoad(TimeProvider.System);
        var until = DateTime.UtcNow.AddSeconds(1.2);
        while (DateTime.UtcNow < until)
        {
            Thread.SpinWait(1000);
        }

        Assert.InRange(load.Percent, 0.1, 100);
    }

    private void End(int connections, CloseCategory category)
    {
        var meter = _meters.Of(TestClients.Hub("chat"));
        for (var i = 0; i < connections; i++)
        {
            meter.Opened(ConnectionKind.Client);
            meter.Closed(ConnectionKind.Client, category);
        }
    }
}
