using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Serverless.Hubs.Tests.Worker;

/// <summary>An HTTP trigger of the isolated worker model that passes upstream requests to the hubs.</summary>
internal sealed class UpstreamFunction(UpstreamDispatcher dispatcher)
{
    [Function("upstream")]
    public async Task<HttpResponseData> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "upstream/{hub}/{category}/{event}")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var answer = await dispatcher.DispatchAsync(
            new UpstreamRequest(Header("Content-Type"), body.ToArray(), Header), cancellationToken);

        var response = request.CreateResponse((HttpStatusCode)answer.Status);
        if (answer.ContentType is { } contentType)
        {
            response.Headers.Add("Content-Type", contentType);
        }

        await answer.CopyToAsync(response.Body, cancellationToken);
        return response;

        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
    }
}
