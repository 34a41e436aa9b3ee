using System.Net;
using System.Text;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Worker;

/// <summary>The dispatcher without ASP.NET Core, behind an HTTP trigger of another worker model.</summary>
public sealed class UpstreamFunctionTests
{
    [Fact]
    public async Task A_call_comes_in_and_its_framed_completion_goes_out()
    {
        var response = await RunAsync("echo", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["ä"]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"ä\"}\u001e", Text(response));
        Assert.False(response.Headers.Contains("Content-Type"));
    }

    [Fact]
    public async Task A_stream_is_whole_when_the_function_ends()
    {
        var response = await RunAsync("stream", "Words", """{"type":4,"invocationId":"1","target":"Words","arguments":[]}""");
        var messages = Text(response).Split('\u001e', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(messages.Length > 1);
        Assert.All(messages[..^1], message => Assert.StartsWith("{\"type\":2,", message, StringComparison.Ordinal));
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\"}", messages[^1]);
    }

    [Fact]
    public async Task A_refusal_keeps_its_status_and_its_text()
    {
        var response = await RunAsync("nobody", "Echo", "{}");
        Assert.Equal((HttpStatusCode.NotFound, "text/plain; charset=utf-8"), (response.StatusCode, response.Headers.GetValues("Content-Type").Single()));
        Assert.Contains("'nobody'", Text(response), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseData> RunAsync(string hub, string target, string body)
    {
        await using var host = new HubHost(hubs =>
        {
            hubs.AddHub<EchoHub>().AddHub<StreamHub>();
            hubs.Services.AddSingleton<Gates>();
        });
        return await new UpstreamFunction(host.Dispatcher).Run(new Request(hub, target, body), CancellationToken.None);
    }

    private static string Text(HttpResponseData response) => Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray());

    private sealed class Request : HttpRequestData
    {
        public Request(string hub, string target, string body)
        {
            Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
            Headers.Add("Content-Type", "application/json");
            foreach (var (name, value) in HubHost.Headers(hub, "messages", target))
            {
                Headers.TryAddWithoutValidation(name, value);
            }
        }

        public override Stream Body { get; }

        public override HttpHeadersCollection Headers { get; } = new();

        public override HttpResponseData CreateResponse() => new Response();
    }

    private sealed class Response : HttpResponseData
    {
        public override HttpStatusCode StatusCode { get; set; }

        public override HttpHeadersCollection Headers { get; set; } = new();

        public override Stream Body { get; set; } = new MemoryStream();
    }
}
