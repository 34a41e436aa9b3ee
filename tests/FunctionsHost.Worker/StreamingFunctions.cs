using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.FunctionsHost.Worker;

/// <summary>Functions with the types of ASP.NET Core, for that mode only.</summary>
public sealed class StreamingFunctions(IServiceProvider services)
{
    private readonly Journal _journal = (Journal)services.GetService(typeof(Journal))!;

    /// <summary>Records the body's first line when it has arrived, and sends a line, and another one when it is released.</summary>
    [Function("stream")]
    public async Task Stream([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "live/stream/{id}")] HttpRequest request, string id)
    {
        using var body = new StreamReader(request.Body);
        _journal.Write(id, await body.ReadLineAsync() ?? "");
        await body.ReadToEndAsync();
        await request.HttpContext.Response.WriteAsync("first\n");
        await request.HttpContext.Response.Body.FlushAsync();
        await _journal.Release(id).Task;
        await request.HttpContext.Response.WriteAsync("second\n");
    }

    /// <summary>Answers with the host and the scheme that the worker sees.</summary>
    [Function("forwarded")]
    public static Task Forwarded([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "live/forwarded")] HttpRequest request) =>
        request.HttpContext.Response.WriteAsync($"{request.Scheme}://{request.Host}{request.Path}");
}
