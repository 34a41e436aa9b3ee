using System.Text.Json.Serialization;

namespace Serverless.Load;

/// <summary>What the upstream has heard.</summary>
internal record struct UpstreamCounts
{
    public long Connected { get; set; }

    public long Disconnected { get; set; }

    public long Messages { get; set; }

    /// <summary>Messages that carried the gateway's signature.</summary>
    public long Signed { get; set; }
}

/// <summary>The JSON that the upstream and the load generator exchange.</summary>
[JsonSerializable(typeof(UpstreamCounts))]
internal sealed partial class UpstreamJson : JsonSerializerContext;
