using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Tests.Upstream;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Requests;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>Redirects of an upstream: those to the same host are followed, and no part of a request is sent to another host.</summary>
[Collection(SharedGateway.Name)]
public sealed class RedirectTests(GatewayFixture gateway) : IAsyncLifetime
{
    private readonly string _hub = GatewayFixture.NewHub();
    private UpstreamRecorder _other = null!;

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    public async Task InitializeAsync() => _other = await UpstreamRecorder.StartAsync();

    public async Task DisposeAsync() => await _other.DisposeAsync();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Another_host_gets_nothing_and_the_client_an_error(int status)
    {
        RedirectMessages(status, $"{_other.Address}/up/{_hub}/stolen");
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("team", "red")]);

        Assert.Equal(
            $$"""{"type":3,"invocationId":"1","error":"Invocation failed, status code {{status}}"}""", await peer.InvokeAsync("x", "[\"secret\"]"));

        Assert.Equal(0, _other.Hub(_hub).Waiting);
        Assert.Equal(0, _other.Hub("").Waiting);
        var start = $"answered {status} to messages/x (template 0: ";
        var end = $": {gateway.Upstream.Address} redirects to {_other.Address}, and events are not sent to another host";
        await Waits.UntilAsync(
            () => gateway.Server.Log.Split('\n').Any(line => line.Contains(start, StringComparison.Ordinal) && line.Contains(end, StringComparison.Ordinal)),
            $"the log says '{start}…{end}'");
    }

    [Theory]
    [InlineData(301, "GET")]
    [InlineData(302, "GET")]
    [InlineData(303, "GET")]
    [InlineData(307, "POST")]
    [InlineData(308, "POST")]
    public async Task The_same_host_is_asked_as_the_status_says(int status, string method)
    {
        RedirectMessages(status, "/elsewhere?a=b");
        await using var peer = await gateway.ConnectAsync(_hub, "u1");
        await Upstream.NextAsync("connected");

        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x", "[1]"));

        var first = await Upstream.NextAsync("x");
        var second = await Upstream.NextAsync("x");
        Assert.Equal((method, "/elsewhere?a=b"), (second.Method, second.Target));
        Assert.Equal(method == "POST" ? first.Text : "", second.Text);
        Assert.Equal(method == "POST" ? "application/json" : null, second.Header("Content-Type"));
        Assert.Equal((first.Header("X-ASRS-Signature"), "u1"), (second.Header("X-ASRS-Signature"), second.Header("X-ASRS-User-Id")));
        Assert.Equal(method == "POST", first.Header("X-Gateway-Signature")![13..] == second.Header("X-Gateway-Signature")![13..]); // except for the time
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        var asked = 0;
        Upstream.Answer = (request, context) =>
        {
            if (request.Category == "messages")
            {
                asked++;
                Redirect(context, 307, $"/circle/{asked}");
            }

            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);

        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, status code 307"}""", await peer.InvokeAsync("x"));
        Assert.Equal(UpstreamRedirect.MaxHops + 1, asked);
    }

    [Fact]
    public async Task A_dead_letter_names_both_hosts()
    {
        await using var bench = await DeliveryBench.StartAsync(("DeadLetter", "true"));
        bench.Upstream.Answer = (_, context) =>
        {
            Redirect(context, 307, _other.Address);
            return Task.CompletedTask;
        };

        Assert.Equal((UpstreamResult.Answered, 307), await bench.SendAsync("c1", "m"));

        var letter = Assert.Single(await bench.Letters.ListAsync(null, null, null, 10, CancellationToken.None));
        Assert.StartsWith("status code 307: http://127.0.0.1:", letter.Reason, StringComparison.Ordinal);
        Assert.Contains($" redirects to {_other.Address},", letter.Reason, StringComparison.Ordinal);
    }

    private void RedirectMessages(int status, string location) => Upstream.Answer = (request, context) =>
    {
        if (request.Category == "messages" && !request.Target.StartsWith("/elsewhere", StringComparison.Ordinal))
        {
            Redirect(context, status, location);
        }

        return Task.CompletedTask;
    };

    private static void Redirect(HttpContext context, int status, string location)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
    }
}
