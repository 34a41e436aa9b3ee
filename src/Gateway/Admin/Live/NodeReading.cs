using System.Text.Json.Serialization;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Admin.Live;

/// <summary>The figures of one node at a moment; counts are since its start. Nodes exchange it as JSON.</summary>
internal sealed record NodeReading(string Node, double UptimeSeconds, double LoadPercent, string Backplane)
{
    public IReadOnlyList<HubReading> Hubs { get; init; } = [];

    public IReadOnlyList<TemplateReading> Templates { get; init; } = [];

    /// <summary>Units of today that this process has counted; null while the store is unavailable.</summary>
    public UnitsReading? UnitsToday { get; init; }

    /// <summary>
    /// The start of the time that those units cover: midnight UTC, or this process's start where no store outlives it. Null from older nodes.
    /// </summary>
    public DateTimeOffset? UnitsSince { get; init; }

    /// <summary>Open connections of viewers.</summary>
    public long Viewers { get; init; }

    /// <summary>Clients whose socket currently accepts no bytes.</summary>
    public int Blocked { get; init; }

    /// <summary>Bytes queued for clients.</summary>
    public long BytesWaiting { get; init; }
}

/// <summary>The figures of a hub on one node.</summary>
internal sealed record HubReading(
    string Hub, long Clients, long Diagnostic, long Received, long Sent, long ToUpstreams, long BytesReceived, long BytesSent, long SlowClosed, long Opened);

/// <summary>The figures of an upstream template on one node.</summary>
internal sealed record TemplateReading(int Template, long Calls, long Errors, long[] Buckets);

/// <summary>Units of messages to clients, to upstreams and to viewers.</summary>
internal sealed record UnitsReading(long Client, long Upstream, long LiveTrace)
{
    public static readonly UnitsReading None = new(0, 0, 0);

    public long Total => Client + Upstream + LiveTrace;

    public static UnitsReading Of(in Usage usage) => new(usage.ClientUnits, usage.UpstreamUnits, usage.LiveTraceUnits);

    public static UnitsReading operator +(UnitsReading one, UnitsReading other) =>
        new(one.Client + other.Client, one.Upstream + other.Upstream, one.LiveTrace + other.LiveTrace);

    public static UnitsReading operator -(UnitsReading one, UnitsReading other) =>
        new(one.Client - other.Client, one.Upstream - other.Upstream, one.LiveTrace - other.LiveTrace);
}

/// <summary>The JSON of readings.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodeReading))]
[JsonSerializable(typeof(Overview))]
internal sealed partial class LiveJson : JsonSerializerContext;
