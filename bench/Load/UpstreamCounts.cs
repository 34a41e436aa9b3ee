using System.Text.Json.Serialization;

namespace Serverless.Load;

/// <summary>The requests that the upstream has received.</summary>
internal record struct UpstreamCounts
{
    public long Connected { get; set; }

    public long Disconnected { get; set; }

    public long Messages { get; set; }

    /// <summary>The number of messages that carried the gateway's signature.</summary>
    public long Signed { get; set; }
}

/// <summary>The JSON that the upstream and the load generator exchange.</summary>
[JsonSerializable(typeof(UpstreamCounts))]
internal sealed partial class UpstreamJson : JsonSerializerContext;
