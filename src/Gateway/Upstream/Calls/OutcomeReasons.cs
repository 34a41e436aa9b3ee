using System.Globalization;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Names the reason for which a call failed: for metrics, for spans and for operators.</summary>
internal static class OutcomeReasons
{
    /// <summary>Returns the reason's value in metrics; null if the upstream has accepted the event, or the caller has cancelled it.</summary>
    public static string? ReasonTag(this in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.NoTemplate => "no_template",
        UpstreamResult.BadUrl => "bad_url",
        UpstreamResult.NoSecret => "no_secret",
        UpstreamResult.NoIdentity => "no_identity",
        UpstreamResult.CircuitOpen => "circuit_open",
        UpstreamResult.NoConnection => "no_connection",
        UpstreamResult.Failed => "unreachable",
        UpstreamResult.TimedOut => "timeout",
        UpstreamResult.Answered => outcome.Status switch
        {
            >= 200 and <= 299 => null,
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            < 400 => "redirected",
            < 500 => "client_error",
            _ => "server_error",
        },
        _ => null,
    };

    /// <summary>Returns the value of a span's <c>error.type</c>; it equals the value in metrics where that exists.</summary>
    public static string ErrorType(this UpstreamResult result) => result switch
    {
        UpstreamResult.NoTemplate => "no_template",
        UpstreamResult.BadUrl => "bad_url",
        UpstreamResult.NoSecret => "no_secret",
        UpstreamResult.NoIdentity => "no_identity",
        UpstreamResult.NoConnection => "no_connection",
        UpstreamResult.TimedOut or UpstreamResult.BodyTimedOut => "timeout",
        UpstreamResult.Cancelled => "cancelled",
        UpstreamResult.TooLarge => "too_large",
        _ => "failed",
    };

    /// <summary>Returns the reason why an event was not accepted, as a text for the operator.</summary>
    public static string ReasonText(this in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Answered => string.Create(CultureInfo.InvariantCulture, $"status code {outcome.Status}")
            + (outcome.Detail is null ? "" : $": {outcome.Detail}"),
        UpstreamResult.TimedOut => "no answer in time",
        UpstreamResult.NoSecret => "a secret of the template's URL has not been read",
        UpstreamResult.NoIdentity => "the gateway could not get an identity token",
        UpstreamResult.NoTemplate => "no template matches",
        UpstreamResult.BadUrl => "the template does not form a valid URL with its name",
        UpstreamResult.NoConnection => $"not sent: {outcome.Detail}",
        _ => $"no answer: {outcome.Detail}",
    };
}
