using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Requests;

internal sealed partial class UpstreamClient
{
    private ValueTask<UpstreamPass> EnterAsync(in UpstreamRoute route, in UpstreamCall call, UpstreamEvent? marked) => _gate.EnterAsync(
        route.Url!,
        route.Template,
        UpstreamCallKinds.Of(call.Category, call.EventName, call.Reader is not null, marked is { IsReplay: true }),
        LimitOf(marked),
        marked is { Ending.CanBeCanceled: true } ? marked.Ending : call.Reader?.Cancelled ?? default);

    private TimeSpan LimitOf(UpstreamEvent? marked) => marked is null || marked.Timeout > _timeout ? _timeout : marked.Timeout;

    private UpstreamOutcome NotAdmitted(in UpstreamPass pass, in UpstreamRoute route, in UpstreamCall call) =>
        call.Reader is { Cancelled.IsCancellationRequested: true }
            ? new UpstreamOutcome(UpstreamResult.Cancelled) { IsUnsent = true }
            : NotSent(in route, in call, new UpstreamOutcome(UpstreamResult.NoConnection, detail: pass.WhyNot ?? "the node is stopping"));
}
