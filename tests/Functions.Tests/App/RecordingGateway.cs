using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MessagePack;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Tests.App;

/// <summary>A stand-in for the gateway's REST API that records the function app's requests.</summary>
internal sealed class RecordingGateway : IAsyncDisposable
{
    public const string AccessKey = "a-key-of-the-tests-0123456789-0123456789";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Call> _calls = new();

    private RecordingGateway()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>A request, such as <c>POST groups/lobby/:send?excluded=c1</c>, and its message.</summary>
    public sealed record Call(string What, string? Target, JsonArray? Arguments);

    /// <summary>The users without a connection.</summary>
    public ConcurrentBag<string> AbsentUsers { get; } = [];

    public Uri Address => new(_app.Urls.Single());

    public string ConnectionString => $"Endpoint=http://{Address.Host};Port={Address.Port};AccessKey={AccessKey};Version=1.0;";

    public static async Task<RecordingGateway> StartAsync()
    {
        var gateway = new RecordingGateway();
        await gateway._app.StartAsync();
        return gateway;
    }

    /// <summary>Returns the requests since the last call, in order.</summary>
    public Call[] TakeCalls()
    {
        var calls = new List<Call>();
        while (_calls.TryDequeue(out var call))
        {
            calls.Add(call);
        }

        return [.. calls];
    }

    /// <summary>Returns a request that has not been taken.</summary>
    public Call? FindCall(Func<Call, bool> fits) => _calls.FirstOrDefault(fits);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        const string Hub = "/api/hubs/chat/";
        const string Version = "api-version=2022-06-01";
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!target.StartsWith(Hub, StringComparison.Ordinal) || !target.Contains(Version, StringComparison.Ordinal)
            || !context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var path = target[Hub.Length..]
            .Replace($"?{Version}&", "?", StringComparison.Ordinal)
            .Replace($"?{Version}", "", StringComparison.Ordinal);
        var what = $"{context.Request.Method} {path}";
        var body = HttpMethods.IsPost(context.Request.Method) ? await ReadMessageAsync(context.Request) : null;
        _calls.Enqueue(new Call(what, (string?)body?["target"], (JsonArray?)body?["arguments"]));
        if (AbsentUsers.Any(user => what == $"HEAD users/{user}"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.Headers["x-ms-error-code"] = "Warning.User.NotExisted";
        }
        else
        {
            context.Response.StatusCode = body is null ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
        }
    }

    // {"target":…,"arguments":…} in JSON, or a MessagePack map from the protocols of the hub to framed messages
    private static async Task<JsonNode> ReadMessageAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (request.ContentType == "application/json")
        {
            return JsonNode.Parse(body.ToArray())!;
        }

        var messages = MessagePackSerializer.Deserialize<Dictionary<string, byte[]>>(body.ToArray());
        Assert.Equal(["json", "messagepack"], messages.Keys.Order());
        return JsonNode.Parse(messages["json"].AsSpan()[..^1])!;
    }
}
