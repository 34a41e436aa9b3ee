using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;
using Serverless.Support.Time;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The signature over a whole request, and header values that the gateway encoded.</summary>
public class RequestSignatureTests
{
    private const string Call = """{"type":1,"invocationId":"1","target":"Run","arguments":["x"]}""";

    private readonly Script _script = new();
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_signed_request_is_let_in_and_one_without_where_it_is_not_required()
    {
        await using var open = Host();
        await using var strict = Host(options => options.RequireRequestSignature = true);

        Assert.Equal(200, (await open.InvokeAsync("casehub", "Run", Call, Signed())).Status);
        Assert.Equal(200, (await open.InvokeAsync("casehub", "Run", Call)).Status);
        Assert.Equal(200, (await strict.InvokeAsync("casehub", "Run", Call, Signed())).Status);
        var refused = await strict.InvokeAsync("casehub", "Run", Call);
        Assert.Equal((401, "The header X-Gateway-Signature is required."), (refused.Status, Text(refused)));
        Assert.Equal(401, (await strict.InvokeAsync("casehub", "Run", Call, headers =>
        {
            Signed()(headers);
            headers.Remove(UpstreamHeaders.Signature);
        })).Status);
    }

    [Theory]
    [InlineData(UpstreamHeaders.UserId, "root")]
    [InlineData(UpstreamHeaders.UserId, null)]
    [InlineData(UpstreamHeaders.UserClaims, "role: admin")]
    [InlineData(UpstreamHeaders.ClientQuery, "?room=other")]
    [InlineData(UpstreamHeaders.Event, "RunLong")]
    [InlineData(UpstreamHeaders.Event, "NoSuchMethod")]
    [InlineData(UpstreamHeaders.Hub, "other")]
    [InlineData(UpstreamHeaders.Category, "connections")]
    [InlineData(GatewayHeaders.EncodedHeaders, UpstreamHeaders.UserId)]
    [InlineData(EventHeaders.Id, "conn-1.2")]
    [InlineData(EventHeaders.Attempt, "2")]
    [InlineData(GatewayHeaders.Signature, "t=1")]
    [InlineData(GatewayHeaders.Signature, "garbage")]
    public async Task A_replay_with_another_header_is_401(string header, string? value)
    {
        await using var host = Host();

        var response = await host.InvokeAsync("casehub", "Run", Call, headers =>
        {
            Signed()(headers);
            headers[header] = value;
        });

        Assert.Equal((401, "X-Gateway-Signature does not match the request."), (response.Status, Text(response)));
        Assert.Empty(_script.Calls);
    }

    [Fact]
    public async Task A_replay_with_another_body_is_401()
    {
        await using var host = Host();

        Assert.Equal(401, (await host.InvokeAsync("casehub", "Run", Call.Replace("\"x\"", "\"y\"", StringComparison.Ordinal), Signed())).Status);
        Assert.Equal(401, (await host.InvokeAsync("casehub", "Run", "garbage", Signed())).Status);
        Assert.Equal(401, (await host.SendAsync("casehub", "messages", "Run", Encoding.UTF8.GetBytes(Call), "application/x-msgpack", Signed())).Status);
        Assert.Empty(_script.Calls);
    }

    [Theory]
    [InlineData(5, 200)]
    [InlineData(-5, 200)]
    [InlineData(6, 401)]
    [InlineData(-6, 401)]
    public async Task A_replay_after_some_minutes_is_401(int minutes, int status)
    {
        await using var host = Host();

        var response = await host.InvokeAsync("casehub", "Run", Call, Signed(_time.GetUtcNow().AddMinutes(-minutes)));

        Assert.Equal(status, response.Status);
        if (status == 401)
        {
            Assert.Contains("too old", Text(response), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_tolerance_is_an_option()
    {
        await using var host = Host(options => options.RequestSignatureTolerance = TimeSpan.FromMinutes(20));

        Assert.Equal(200, (await host.InvokeAsync("casehub", "Run", Call, Signed(_time.GetUtcNow().AddMinutes(-19)))).Status);
    }

    [Fact]
    public async Task A_media_type_is_signed_without_its_case_and_parameters()
    {
        await using var host = Host();

        Assert.Equal(200, (await host.SendAsync(
            "casehub", "messages", "Run", Encoding.UTF8.GetBytes(Call), "Application/JSON; charset=utf-8", Signed())).Status);
    }

    [Fact]
    public async Task Refusals_are_logged_once_a_minute_with_their_number_and_nothing_that_a_stranger_wrote()
    {
        await using var host = Host();
        for (var i = 0; i < 100; i++)
        {
            await host.InvokeAsync("casehub", "evil\nline", Call, headers => headers.Remove(UpstreamHeaders.Signature));
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        await host.InvokeAsync("casehub", "evil", Call, headers => headers.Remove(UpstreamHeaders.Signature));

        var warnings = host.Log.Entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Text).ToList();
        Assert.Equal(2, warnings.Count);
        Assert.StartsWith("Upstream requests were refused with 401: 1. ", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("Upstream requests were refused with 401: 100. ", warnings[1], StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Entries, entry => entry.Text.Contains("evil", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("u1")]
    [InlineData("a%0A")]
    [InlineData("a\n")]
    [InlineData("Zürich 5%")]
    [InlineData("日本")]
    [InlineData(" 😀")]
    public async Task What_the_gateway_encoded_is_decoded_and_nothing_else(string text)
    {
        await using var host = Host();
        HubCallerContext? seen = null;
        _script.Next = hub =>
        {
            seen = hub.Context;
            return Task.FromResult("");
        };

        var response = await host.InvokeAsync("casehub", "Run", Call, headers =>
        {
            var encoded = new List<string>();
            headers[UpstreamHeaders.UserId] = Value(UpstreamHeaders.UserId, text);
            headers[UpstreamHeaders.UserClaims] = Value(UpstreamHeaders.UserClaims, $"city: {text}, last: z");
            headers[UpstreamHeaders.ClientQuery] = Value(UpstreamHeaders.ClientQuery, $"?hub=cases&room={Uri.EscapeDataString(text)}&raw=" + text.Trim());
            headers[GatewayHeaders.EncodedHeaders] = encoded.Count == 0 ? null : string.Join(',', encoded);

            string Value(string name, string value)
            {
                if (UpstreamHeaderText.IsPlain(value))
                {
                    return value;
                }

                encoded.Add(name);
                return UpstreamHeaderText.Encode(value);
            }
        });

        Assert.Equal(200, response.Status);
        Assert.Equal(text, seen!.UserIdentifier);
        Assert.Equal(text.Trim(' '), seen.User!.FindFirst("city")?.Value);
        Assert.Equal("z", seen.User.FindFirst("last")?.Value);
        Assert.Equal(text, seen.GetHttpContext()!.Request.Query["room"].ToString());
    }

    [Fact]
    public async Task An_encoded_event_finds_its_method()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<UmlautHub>());
        foreach (var (header, encoded, status) in new[] { ("gr%C3%BC%C3%9Fe", UpstreamHeaders.Event, 200), ("grüße", null, 200), ("gr%C3%BC%C3%9Fe", null, 404) })
        {
            var response = await host.InvokeAsync(
                "umlauthub", header, """{"type":1,"invocationId":"1","target":"grüße","arguments":[]}""", headers => headers[GatewayHeaders.EncodedHeaders] = encoded);
            Assert.Equal(status, response.Status);
        }
    }

    // Adds the gateway's signature.
    private Action<Dictionary<string, string?>> Signed(DateTimeOffset? time = null) => headers =>
    {
        headers[UpstreamHeaders.UserId] = "u1";
        headers[UpstreamHeaders.UserClaims] = "role: a";
        var request = new SignedRequest
        {
            Sender = RequestSigner.DigestSender("conn-1", "casehub", "u1", "role: a", null),
            Category = "messages",
            Event = "Run",
            MediaType = "application/json",
            Body = Encoding.UTF8.GetBytes(Call),
        };
        headers[GatewayHeaders.Signature] = new RequestSigner([HubHost.Key, "another-key-of-the-gateway-0123456789"]).Sign(in request, time ?? _time.GetUtcNow());
    };

    private static string Text(UpstreamResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    private HubHost Host(Action<ServerlessHubsOptions>? configure = null) => new(
        hubs =>
        {
            hubs.Services.AddSingleton<TimeProvider>(_time).AddSingleton(_script).AddScoped<ScopedThing>();
            hubs.AddHub<CaseHub>();
        },
        configure: configure);
}

internal sealed class UmlautHub : Hub
{
    [HubMethodName("grüße")]
    public string Greet() => "hallo";
}
