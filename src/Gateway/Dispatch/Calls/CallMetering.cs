using Serverless.Gateway.Metering;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>Meters the messages that upstreams were sent. Connection events are the gateway's own housekeeping and are not metered.</summary>
internal static class CallMetering
{
    /// <summary>Adds a call to the hub's meter if it is a message and was sent.</summary>
    public static void Add(Caller caller, PendingCall call, in UpstreamOutcome outcome)
    {
        if (call.Category == UpstreamCategories.Messages && outcome.WasSent)
        {
            // The request's body has no framing, which is part of a message's size.
            var bytes = call.Body.Length;
            caller.Connection.Meter.ToUpstreams.Add(Traffic.OfMessage(bytes + caller.Connection.Protocol!.FramingBytes(bytes)));
        }
    }
}
