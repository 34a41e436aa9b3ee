using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.FunctionsHost.Worker;

/// <summary>Functions with the types of ASP.NET Core, for that mode only.</summary>
public static class StreamingFunctions
{
    /// <summary>Sends a line, and the rest when the body's second line has arrived.</summary>
    [Function("stream")]
    public static async Task Stream([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "live/stream")] HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var first = await body.ReadLineAsync();
        await request.HttpContext.Response.WriteAsync($"{first}\n");
        await request.HttpContext.Response.Body.FlushAsync();
        await request.HttpContext.Response.WriteAsync($"{await body.ReadLineAsync()}\n");
    }

    /// <summary>Answers with the host and the scheme that the worker sees.</summary>
    [Function("forwarded")]
    public static Task Forwarded([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "live/forwarded")] HttpRequest request) =>
        request.HttpContext.Response.WriteAsync($"{request.Scheme}://{request.Host}{request.Path}");
}
