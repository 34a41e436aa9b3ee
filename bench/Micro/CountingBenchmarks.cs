using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Messaging;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Upstream.Telemetry;

namespace Serverless.Micro;

/// <summary>
/// Measures the cost of counting a message without a listener. Each benchmark does only what the message's path does for meters and
/// metrics.
/// </summary>
public class CountingBenchmarks
{
    private const int Receivers = 1000;
    private const string Category = "messages";
    private static readonly TimeSpan Taken = TimeSpan.FromMilliseconds(3);

    private readonly HubMeter _meter = new("bench");
    private readonly ReceiverSearches _searches = new();
    private long _last;

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        Invocation();
        var total = _meter.Total;
        var units = (Size + MessageUnits.UnitBytes - 1) / MessageUnits.UnitBytes;
        Ensure.That(total.ClientUnits == units && total.UpstreamUnits == units && total.MessagesReceived == 1, "an invocation is not counted as it should be");
    }

    /// <summary>Counts a message that a client's transport has accepted.</summary>
    [Benchmark]
    public void Delivery() => _meter.ToClients.Add(Traffic.OfMessage(Size));

    /// <summary>Counts a message to a hub, group or user, without its deliveries.</summary>
    [Benchmark]
    public void FanOut() => FanOutMetrics.Sent(TargetKind.All, Receivers);

    /// <summary>Counts a client's call: the inbound message, the request and its response, and the outbound completion.</summary>
    [Benchmark]
    public void Invocation()
    {
        _meter.FromClients.Add(new Traffic(1, 0, Size));
        UpstreamMetrics.Started(0);
        UpstreamMetrics.Answered(0, Category, 200, Taken);
        _meter.ToUpstreams.Add(Traffic.OfMessage(Size));
        Delivery();
    }

    /// <summary>Searches for the nodes that have a receiver for a message.</summary>
    [Benchmark]
    public void Search()
    {
        _searches.Begin(++_last, new(default, Target.User("ann"), 1, null, 0));
        _searches.Expect(_last, 1, out _);
    }
}
