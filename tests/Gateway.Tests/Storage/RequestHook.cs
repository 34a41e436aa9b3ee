using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Stands between the table client and the network: sees each request, may delay or answer it.</summary>
internal sealed class RequestHook(Func<HttpRequestMessage, Task<HttpResponseMessage?>> hook) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    /// <summary>The gateway's own options, over this.</summary>
    public TableClientOptions Options()
    {
        var options = DurableTable.ClientOptions();
        options.Transport = new HttpClientTransport(new HttpClient(this, disposeHandler: false));
        return options;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await hook(request) ?? await base.SendAsync(request, cancellationToken);
}
