using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost.Workers;

/// <summary>Proxies HTTP requests to the port of a worker, by the same library as the host.</summary>
internal sealed class WorkerProxy(IHttpForwarder forwarder) : IDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";

    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly HttpMessageInvoker _client = new(new RetryHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }));

    /// <summary>Forwards a request, and the response while it arrives.</summary>
    public ValueTask<ForwarderError> ForwardAsync(HttpContext context, Uri worker, string invocationId)
    {
        context.Request.Headers[InvocationHeader] = invocationId;
        return forwarder.SendAsync(context, worker.ToString(), _client, Config);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Connects again to a worker that does not listen yet.</summary>
    private sealed class RetryHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const int Attempts = 10;
        private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
        private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(250);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var delay = FirstDelay;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                catch (HttpRequestException e) when (attempt < Attempts && e.HttpRequestError == HttpRequestError.ConnectionError)
                {
                    await Task.Delay(delay, cancellationToken);
                    delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
                }
            }
        }
    }
}
