using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Fuzz.Runs;
using Serverless.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;
using Serverless.Support.Time;

namespace Serverless.Fuzz.Parsers;

/// <summary>Requests of the gateway to functions, as the hub library reads them.</summary>
public sealed class UpstreamTests
{
    [Fact]
    public async Task A_request_is_answered_without_an_error_of_the_library_and_refused_unless_it_is_signed()
    {
        var time = new FakeTime();
        time.Advance(DateTimeOffset.FromUnixTimeSeconds(1_804_000_000) - time.GetUtcNow());
        await using var host = new HubHost(hubs =>
        {
            hubs.Services.AddSingleton<TimeProvider>(time);
            hubs.AddHub<Chat>();
        });
        await FuzzRun.RunAsync("upstream", (input, random) =>
        {
            var request = Read(input);
            Check(host, request);

            // Signed as by the service, so that the request is read beyond its signature.
            request.Headers[UpstreamHeaders.Signature] = UpstreamSignature.Compute(request.Headers.GetValueOrDefault(UpstreamHeaders.ConnectionId) ?? "", [HubHost.Key]);
            if (random.Next(2) == 0)
            {
                request.Headers.Remove(GatewayHeaders.Signature);
            }

            Check(host, request);
        });
    }

    [Fact]
    public Task A_headers_text_comes_back_from_its_encoded_form() => FuzzRun.RunAsync("texts", static (input, _) =>
    {
        var text = Encoding.UTF8.GetString(input);
        var encoded = UpstreamHeaderText.Encode(text);
        Assert.True(UpstreamHeaderText.IsPlain(encoded), encoded);
        Assert.Equal(text, UpstreamHeaderText.Decode(encoded));
        Assert.True(UpstreamHeaderText.Decode(text).Length <= text.Length);
    });

    [Fact]
    public Task A_list_of_claims_is_read_in_pairs() => FuzzRun.RunAsync("texts", static (input, _) =>
    {
        var claims = UserClaimsHeader.Parse(Encoding.UTF8.GetString(input));
        Assert.DoesNotContain(claims, static claim => claim.Key.Contains(',', StringComparison.Ordinal) || claim.Value.Contains(',', StringComparison.Ordinal));
    });

    [Fact]
    public Task A_connection_events_body_is_of_one_kind_or_none() => FuzzRun.RunAsync("json", static (input, _) =>
    {
        Assert.True(!UpstreamBodies.TryParseDisconnected(input, out var reason) || !UpstreamBodies.TryParseConnected(input), reason);
        Assert.True(UpstreamBodies.TryParseDisconnected(UpstreamBodies.Disconnected(Encoding.UTF8.GetString(input)).Span, out var error));
        Assert.Equal(Encoding.UTF8.GetString(input), error);
    });

    // Header lines, an empty line, the body.
    private static (Dictionary<string, string?> Headers, byte[] Body) Read(byte[] input)
    {
        var end = input.AsSpan().IndexOf("\n\n"u8);
        var head = Encoding.UTF8.GetString(input, 0, end < 0 ? input.Length : end);
        var headers = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in head.Split('\n').Select(static line => line.Split(": ", 2)).Where(static line => line.Length == 2))
        {
            headers[line[0]] = headers.TryGetValue(line[0], out var first) ? $"{first},{line[1]}" : line[1];
        }

        return (headers, end < 0 ? [] : input[(end + 2)..]);
    }

    private static void Check(HubHost host, (Dictionary<string, string?> Headers, byte[] Body) request)
    {
        var asked = new UpstreamRequest(request.Headers.GetValueOrDefault("Content-Type"), request.Body, request.Headers.GetValueOrDefault);
        var answer = host.Dispatcher.DispatchAsync(asked).GetAwaiter().GetResult();
        Assert.Contains(answer.Status, (int[])[200, 400, 401, 403, 404, 413, 415]);
        Assert.True(answer.Status == 401 || UpstreamSignature.Verify(
            request.Headers.GetValueOrDefault(UpstreamHeaders.Signature), request.Headers.GetValueOrDefault(UpstreamHeaders.ConnectionId) ?? "", [HubHost.Key]));
        Assert.Empty(host.Log.TakeErrors());
    }
}

internal sealed class Chat : Hub
{
    [HubMethodName("add")]
    public int Add(int a, int b) => a + b;
}
