using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Delivery;

/// <summary>Decides how the delivery continues after an outcome, for an event of a template with a policy.</summary>
internal static class DeliveryRules
{
    /// <summary>Returns true if another attempt may succeed: after no answer, 408, 429 or 5xx, or without a secret, token or connection.</summary>
    public static bool IsTransient(in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Failed or UpstreamResult.TimedOut or UpstreamResult.NoSecret or UpstreamResult.NoIdentity
            or UpstreamResult.NoConnection => true,
        UpstreamResult.Answered => outcome.Status is 408 or 429 or >= 500,
        _ => false,
    };

    /// <summary>
    /// Returns true if the endpoint as a whole works, regardless of one function: a 500 is an error of the function. Null if it is unknown.
    /// </summary>
    public static bool? IsEndpointWell(in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Failed or UpstreamResult.TimedOut => false,
        UpstreamResult.Answered => outcome.Status is not (408 or 429 or > 501),
        UpstreamResult.TooLarge or UpstreamResult.BodyFailed or UpstreamResult.BodyTimedOut => true,
        _ => null,
    };

    /// <summary>
    /// Returns true if the upstream has accepted the event, or has no use for it: a 404 means that it has no function for the event, and a 401
    /// or 403 to a <c>connected</c> event refuses the client. An answer with status 200 counts even if its body could not be read.
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
