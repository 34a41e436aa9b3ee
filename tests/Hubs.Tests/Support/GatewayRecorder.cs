using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Serverless.Hubs.Tests.Support;

/// <summary>A request as received.</summary>
internal sealed record RecordedRequest(string Method, string Target, IHeaderDictionary Headers, byte[] Bytes)
{
    /// <summary>The body as text.</summary>
    public string Body { get; } = Encoding.UTF8.GetString(Bytes);

    /// <summary>The target without its query.</summary>
    public string Path => Target.Split('?')[0];

    /// <summary>The target's query, without the question mark.</summary>
    public string Query => Target[Math.Min(Path.Length + 1, Target.Length)..];

    public override string ToString() => $"{Method} {Target}{(Body.Length == 0 ? "" : " " + Body)}";
}

/// <summary>A real server on a free port that records its requests and answers as configured.</summary>
internal sealed class GatewayRecorder : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();

    private GatewayRecorder(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Writes the response to each request.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context =>
    {
        context.Response.StatusCode = 202;
        return Task.CompletedTask;
    };

    public static async Task<GatewayRecorder> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var recorder = new GatewayRecorder(builder.Build());
        recorder._app.Run(recorder.HandleAsync);
        await recorder._app.StartAsync();
        return recorder;
    }

    /// <summary>Answers the n-th request with the n-th status, and all later ones with the last.</summary>
    public void AnswerWith(params int[] statuses)
    {
        var count = 0;
        Answer = context =>
        {
            context.Response.StatusCode = statuses[Math.Min(count++, statuses.Length - 1)];
            return Task.CompletedTask;
        };
    }

    public void AnswerWith(int status, string? errorCode, string body = "") => Answer = context =>
    {
        context.Response.StatusCode = status;
        if (errorCode is not null)
        {
            context.Response.Headers["x-ms-error-code"] = errorCode;
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(body);
    };

    public IReadOnlyList<RecordedRequest> Take()
    {
        var requests = _requests.ToList();
        _requests.Clear();
        return requests;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = new HeaderDictionary(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value));
        _requests.Enqueue(new RecordedRequest(
            context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, headers, body.ToArray()));
        await Answer(context);
    }
}
