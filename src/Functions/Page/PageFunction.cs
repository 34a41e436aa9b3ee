using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Serverless.Functions.Page;

/// <summary>The function that serves the chat page. Literal routes, those of the hub, take precedence over its own.</summary>
internal sealed class PageFunction
{
    [Function("page")]
    public static Task<HttpResponseData> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{*path}")] HttpRequestData request,
        string? path,
        CancellationToken cancellationToken) => PageFile.AnswerAsync(request, path, cancellationToken);
}
