using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Rules 17 to 22: the requests that the handler receives, and the responses to the caller.</summary>
public sealed class ForwardingTests : IAsyncDisposable
{
    private const string Forward = "\"enableForwardingHttpRequest\": true";

    private readonly List<IAsyncDisposable> _started = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }
    }

    [Fact, Rule(17)]
    public async Task Proxying_passes_on_the_request_itself()
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/a b/ü?x=1&y=%2F")
        {
            Content = new StringContent("the body", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Own", "value");
        request.Headers.Add("X-Azure-Functions-InvocationId", "forged");

        using var answer = await client.SendAsync(request);

        var received = Assert.Single(handler.Requests);
        Assert.Equal("POST", received.Method);
        Assert.Equal("/api/a%20b/%C3%BC?x=1&y=%2F", received.Target);
        Assert.Equal("the body", received.Body);
        Assert.Equal("value", received.Headers["X-Own"]);
        Assert.Equal("application/json; charset=utf-8", received.Headers["Content-Type"]);
        Assert.Equal(client.BaseAddress!.Authority, received.Headers["Host"]);
        Assert.True(Guid.TryParse(received.Headers["X-Azure-Functions-InvocationId"], out _));
        Assert.Equal(received.Headers["X-Azure-Functions-InvocationId"], received.Headers["x-ms-invocation-id"]);
        Assert.NotEmpty(received.Headers["X-Azure-Functions-HostVersion"]);
    }

    [Fact, Rule(17)]
    public async Task Proxying_passes_on_a_body_of_unknown_length()
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/x") { Content = new StringContent("chunks") };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await client.SendAsync(request);

        Assert.Equal("chunks", Assert.Single(handler.Requests).Body);
    }

    [Theory, Rule(18)]
    [InlineData("/api/a%2Fb", "/api/a%252Fb")]
    [InlineData("/api/a%25b", "/api/a%25b")]
    [InlineData("/api/%41", "/api/A")]
    [InlineData("/api/x/%2E%2E/y", "/api/y")]
    public async Task The_path_is_decoded_and_encoded_again(string sent, string received)
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler);
        var verbatim = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };

        using var answer = await client.GetAsync(new Uri(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + sent, verbatim));

        Assert.Equal(received, Assert.Single(handler.Requests).Target);
    }

    [Fact, Rule(19)]
    public async Task The_answer_comes_back_as_it_is()
    {
        using var client = await StartAsync(new EchoHandler
        {
            Answer = context =>
            {
                context.Response.StatusCode = StatusCodes.Status302Found;
                context.Response.Headers.Location = "/elsewhere";
                context.Response.Headers["X-Own"] = "value";
                return context.Response.WriteAsync("moved");
            },
        });

        using var answer = await client.GetAsync("/api/x");

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal("/elsewhere", answer.Headers.Location?.OriginalString);
        Assert.Equal(["value"], answer.Headers.GetValues("X-Own"));
        Assert.Equal("moved", await answer.Content.ReadAsStringAsync());
    }

    [Fact, Rule(19)]
    public async Task A_streamed_answer_arrives_before_it_ends()
    {
        var end = new TaskCompletionSource();
        using var client = await StartAsync(new EchoHandler
        {
            Answer = async context =>
            {
                await context.Response.WriteAsync("first");
                await context.Response.Body.FlushAsync();
                await end.Task;
            },
        });

        using var answer = await client.GetAsync("/api/x", HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(20));
        var body = await answer.Content.ReadAsStreamAsync();
        var first = new byte[5];
        await body.ReadExactlyAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        end.SetResult();

        Assert.Equal("first", Encoding.UTF8.GetString(first));
    }

    [Fact, Rule(20)]
    public async Task A_header_beyond_ascii_is_not_passed_on()
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler, utf8Headers: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/x");
        request.Headers.TryAddWithoutValidation("X-ASRS-User-Id", "Çiğdem");

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(handler.Requests);
    }

    [Fact, Rule(21)]
    public async Task Forwarding_builds_the_request_anew()
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler, Forward);
        client.DefaultRequestHeaders.UserAgent.ParseAdd("test/1.0");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/api/x?y=1") { Content = new StringContent("lost") };
        chunked.Headers.TransferEncodingChunked = true;

        using var first = await client.PostAsync("/api/x?y=1", new StringContent("kept"));
        using var second = await client.SendAsync(chunked);

        Assert.Equal(["kept", ""], handler.Requests.Select(request => request.Body));
        Assert.All(handler.Requests, request => Assert.Equal("/api/x?y=1", request.Target));
        Assert.All(handler.Requests, request => Assert.StartsWith("test/1.0 Azure-Functions-Host/", request.Headers["User-Agent"], StringComparison.Ordinal));
    }

    [Fact, Rule(21)]
    public async Task Forwarding_holds_the_answer_back_until_it_is_whole()
    {
        var started = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        using var client = await StartAsync(
            new EchoHandler
            {
                Answer = async context =>
                {
                    await context.Response.WriteAsync("first ");
                    await context.Response.Body.FlushAsync();
                    started.SetResult();
                    await end.Task;
                    await context.Response.WriteAsync("last");
                },
            },
            Forward);

        var answer = client.GetAsync("/api/x", HttpCompletionOption.ResponseHeadersRead);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(answer.IsCompleted);
        end.SetResult();

        Assert.Equal("first last", await (await answer.WaitAsync(TimeSpan.FromSeconds(20))).Content.ReadAsStringAsync());
    }

    [Fact, Rule(22)]
    public async Task A_handler_that_is_gone_means_500()
    {
        var handler = new EchoHandler();
        using var client = await StartAsync(handler);
        using var before = await client.GetAsync("/api/x");
        await handler.EndAsync();

        using var after = await client.GetAsync("/api/x");

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, after.StatusCode);
    }

    private async Task<HttpClient> StartAsync(EchoHandler handler, string mode = "", bool utf8Headers = false)
    {
        using var app = new AppFolder(AppFolder.HostWith(mode)).WithFunction("all", "\"authLevel\": \"anonymous\", \"route\": \"{*path}\"");
        var host = await handler.StartHostAsync(app.Root);
        _started.Add(host);
        var connections = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (utf8Headers)
        {
            connections.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8;
        }

        return new HttpClient(connections) { BaseAddress = host.Address };
    }
}
