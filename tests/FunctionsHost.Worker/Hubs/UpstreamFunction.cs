using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Serverless.Hubs;

namespace Serverless.FunctionsHost.Worker.Hubs;

/// <summary>An HTTP trigger of the app's own that passes upstream requests to the hubs, as the README of src/Hubs.Functions shows it.</summary>
public sealed class UpstreamFunction(UpstreamDispatcher dispatcher)
{
    [Function("own")]
    public async Task<HttpResponseData> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "own/{hub}/{category}/{event}")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var answer = await dispatcher.DispatchAsync(new UpstreamRequest(Header("Content-Type"), body.ToArray(), Header), cancellationToken);
        var response = request.CreateResponse((HttpStatusCode)answer.Status);
        response.Headers.Add("Content-Type", answer.ContentType ?? "application/octet-stream");
        await answer.CopyToAsync(response.Body, cancellationToken);
        return response;

        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
    }
}
