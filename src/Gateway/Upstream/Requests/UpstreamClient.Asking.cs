using System.Runtime.CompilerServices;
using Serverless.Gateway.Upstream.Sockets;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Requests;

/// <content>Sends the requests of one attempt: follows redirects, and repeats a request on a new connection.</content>
internal sealed partial class UpstreamClient
{
    // Follows redirects to the same host. For one to another host, returns the redirect itself as the answer, and the reason for the refusal.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(HttpResponseMessage Response, string? Refusal)> FollowAsync(EventRequest request, CancellationToken cancel)
    {
        for (var hops = 0; ; hops++)
        {
            if (_signsRequests)
            {
                request.Sign(_time.GetUtcNow());
            }

            var response = await AskAsync(request, cancel);
            var from = request.RequestUri!;
            if (hops == UpstreamRedirect.MaxHops || UpstreamRedirect.TargetOf(response, from) is not { } target)
            {
                return (response, null);
            }

            if (!UpstreamRedirect.IsSameHost(from, target))
            {
                return (response, UpstreamRedirect.Refusal(from, target));
            }

            request.Redirect(target, UpstreamRedirect.KeepsBody((int)response.StatusCode));
            response.Dispose();
        }
    }

    // Sends the request again if a reused connection ended before the answer began: the upstream may have closed it at that moment. The HTTP
    // client does so by itself only for requests without a body.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> AskAsync(EventRequest request, CancellationToken cancel)
    {
        request.Use.Restart();
        ConnectionUse.Current = request.Use;
        try
        {
            return await _http.SendAsync(request, cancel);
        }
        catch (Exception exception) when (IsNetworkFailure(exception) && !cancel.IsCancellationRequested && MayResend(request))
        {
            _telemetry.Resending(request.Hub, request.Category, exception);
            if (_signsRequests)
            {
                request.Sign(_time.GetUtcNow());
            }

            request.Use.Restart();
            return await _fresh.SendAsync(request, cancel);
        }
    }

    // A message that the upstream may have begun to read is sent twice only if that is configured, because the function may then run twice. An
    // event of a connection reports a state, and may be delivered twice in other cases too.
    private bool MayResend(EventRequest request) => request.Category == UpstreamCategories.Connections || _resendsMessages
        ? request.Use.IsUnanswered
        : request.Use.IsUnread;
}
