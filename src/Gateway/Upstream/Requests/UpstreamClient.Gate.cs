using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Requests;

internal sealed partial class UpstreamClient
{
    private ValueTask<UpstreamPass> EnterAsync(
        UpstreamRoute route, string category, string eventName, IUpstreamBodyReader? reader, UpstreamEvent? marked) => _gate.EnterAsync(
            route.Url!,
            route.Template,
            UpstreamCallKinds.Of(category, eventName, reader is not null, marked is { IsReplay: true }),
            LimitOf(marked),
            marked is { Ending.CanBeCanceled: true } ? marked.Ending : reader?.Cancelled ?? default);

    private TimeSpan LimitOf(UpstreamEvent? marked) => marked is null || marked.Limit > _timeout ? _timeout : marked.Limit;

    private UpstreamOutcome NotAdmitted(
        in UpstreamPass pass, string hub, string category, string eventName, in UpstreamRoute route, IUpstreamBodyReader? reader)
    {
        if (reader is { Cancelled.IsCancellationRequested: true })
        {
            return new UpstreamOutcome(UpstreamResult.Cancelled) { IsUnsent = true };
        }

        var why = pass.WhyNot ?? "the node is stopping";
        UpstreamMetrics.NotSent(route.Template, category, UpstreamResult.NoConnection);
        Log.NoConnection(_logger, hub, category, eventName, in route, why);
        return new UpstreamOutcome(UpstreamResult.NoConnection, detail: why);
    }
}
