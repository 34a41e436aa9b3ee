using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Intercepts each request of the table client, and may delay or answer it.</summary>
internal sealed class RequestHook(Func<HttpRequestMessage, Task<HttpResponseMessage?>> hook) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    /// <summary>Creates the gateway's own options with this hook as their transport.</summary>
    public TableClientOptions Options()
    {
        var options = DurableTable.ClientOptions();
        options.Transport = new HttpClientTransport(new HttpClient(this, disposeHandler: false));
        return options;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await hook(request) ?? await base.SendAsync(request, cancellationToken);
}
