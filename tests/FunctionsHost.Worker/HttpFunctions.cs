using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.FunctionsHost.Worker;

/// <summary>HTTP functions that work in both modes.</summary>
public sealed class HttpFunctions(IServiceProvider services, ILogger<HttpFunctions> logger)
{
    private readonly Journal _journal = (Journal)services.GetService(typeof(Journal))!;

    /// <summary>Answers with the request as the function sees it, in lines.</summary>
    [Function("echo")]
    public static async Task<HttpResponseData> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "echo/{first}/{second?}")] HttpRequestData request, string first, string? second)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        var response = request.CreateResponse(HttpStatusCode.Accepted);
        response.Headers.Add("X-Result", "value");
        response.Headers.Add("Content-Type", "text/plain; charset=utf-8");
        var headers = request.Headers.Where(header => header.Key.StartsWith("X-Test", StringComparison.OrdinalIgnoreCase))
            .Select(header => $"{header.Key.ToLowerInvariant()}: {string.Join(",", header.Value)}");
        await response.WriteStringAsync(string.Join('\n', [request.Method, request.Url.ToString(), $"{first}|{second}", .. headers, body]));
        return response;
    }

    /// <summary>A route whose first segment is a parameter, which a literal segment beats.</summary>
    [Function("any")]
    public static Task<HttpResponseData> Any([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{name}")] HttpRequestData request) => TextAsync(request, "any");

    [Function("literal")]
    public static Task<HttpResponseData> Literal([HttpTrigger(AuthorizationLevel.Anonymous, Route = "literal")] HttpRequestData request) => TextAsync(request, "literal");

    [Function("keyed")]
    public static Task<HttpResponseData> Keyed([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequestData request) => TextAsync(request, "keyed");

    [Function("closed")]
    public static Task<HttpResponseData> Closed([HttpTrigger(AuthorizationLevel.Admin, "get")] HttpRequestData request) => TextAsync(request, "closed");

    [Function("bytes")]
    public static async Task<HttpResponseData> Bytes([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        await request.Body.CopyToAsync(response.Body);
        return response;
    }

    [Function("cookie")]
    public static HttpResponseData Cookie([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        response.Cookies.Append(new HttpCookie("name", "value") { Path = "/", HttpOnly = true, SameSite = SameSite.Strict });
        return response;
    }

    [Function("fail")]
    public HttpResponseData Fail([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequestData request)
    {
        Log.Failing(logger);
        throw new InvalidOperationException("The function fails by intent.");
    }

    /// <summary>Runs until it is cancelled, and records that.</summary>
    [Function("wait")]
    public async Task<HttpResponseData> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait/{id}")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        _journal.Write(id, "started");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            _journal.Write(id, "cancelled");
        }

        return request.CreateResponse();
    }

    /// <summary>Answers with what a function has recorded.</summary>
    [Function("journal")]
    public Task<HttpResponseData> ReadJournal([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "journal/{id}")] HttpRequestData request, string id) =>
        TextAsync(request, _journal.Read(id));

    /// <summary>Lets a function that waits go on.</summary>
    [Function("release")]
    public HttpResponseData Release([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "release/{id}")] HttpRequestData request, string id)
    {
        _journal.Release(id).TrySetResult();
        return request.CreateResponse();
    }

    [Function("setting")]
    public static Task<HttpResponseData> Setting([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "setting/{name}")] HttpRequestData request, string name) =>
        TextAsync(request, Environment.GetEnvironmentVariable(name) ?? "");

    /// <summary>Ends the worker's process as a crash would.</summary>
    [Function("crash")]
    public static HttpResponseData Crash([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequestData request)
    {
        Environment.Exit(3);
        return request.CreateResponse();
    }

    private static async Task<HttpResponseData> TextAsync(HttpRequestData request, string text)
    {
        var response = request.CreateResponse();
        await response.WriteStringAsync(text);
        return response;
    }
}
