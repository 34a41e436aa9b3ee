using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Delivery;

/// <summary>What an outcome means for an event of a template with a policy.</summary>
internal static class DeliveryRules
{
    /// <summary>Another attempt may go better: no answer, 408, 429, 5xx, or something the gateway lacks for now.</summary>
    public static bool IsTransient(in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Failed or UpstreamResult.TimedOut or UpstreamResult.NoSecret or UpstreamResult.NoIdentity
            or UpstreamResult.NoConnection => true,
        UpstreamResult.Answered => outcome.Status is 408 or 429 or >= 500,
        _ => false,
    };

    /// <summary>
    /// Whether the endpoint as such is well, whatever one function of it does: a 500 is a function's own. Null if it has not been asked.
    /// </summary>
    public static bool? IsEndpointWell(in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Failed or UpstreamResult.TimedOut => false,
        UpstreamResult.Answered => outcome.Status is not (408 or 429 or > 501),
        UpstreamResult.TooLarge or UpstreamResult.BodyFailed or UpstreamResult.BodyTimedOut => true,
        _ => null,
    };

    /// <summary>
    /// Whether the upstream has the event, or nobody wants it there: a 404 says that no function is for it, and a connected event's 401 and
    /// 403 refuse the client. An answer that began with 200 counts, whatever became of its body.
    /// </summary>
    public static bool IsTaken(string category, string eventName, in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Answered => outcome.Status is (>= 200 and <= 299) or 404
            || (outcome.Status is 401 or 403 && category == UpstreamCategories.Connections && eventName == UpstreamCategories.Connected),
        UpstreamResult.Failed or UpstreamResult.TimedOut or UpstreamResult.NoSecret or UpstreamResult.NoIdentity
            or UpstreamResult.BadUrl or UpstreamResult.NoTemplate or UpstreamResult.CircuitOpen or UpstreamResult.NoConnection => false,
        _ => true,
    };
}
