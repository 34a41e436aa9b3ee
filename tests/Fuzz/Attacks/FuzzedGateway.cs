using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Fuzz.Attacks;

/// <summary>The attacked gateway. It closes silent clients early, so that the attackers' connections do not accumulate.</summary>
public sealed partial class FuzzedGateway : ProcessFixture
{
    private const string MetricsToken = "token-of-the-fuzz-suite";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Returns the number of connected clients, and the bytes that the gateway holds for clients.</summary>
    internal async Task<(int Connections, long Bytes)> LoadAsync()
    {
        using var answer = await Http.GetAsync(new Uri(Address, "/api/health"), Waits.Limited());
        Assert.Equal(200, (int)answer.StatusCode);
        using var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (health.RootElement.GetProperty("connections").GetInt32(), health.RootElement.GetProperty("queuedBytes").GetInt64());
    }

    /// <summary>Returns the statuses of 500 and above of the gateway's responses, by its own metrics.</summary>
    internal async Task<IReadOnlyList<string>> FailuresAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, "/metrics"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", MetricsToken);
        using var answer = await Http.SendAsync(request, Waits.Limited());
        Assert.Equal(200, (int)answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Matches(AnyStatus(), text);
        return [.. Failures().Matches(text).Select(static match => match.Value).Distinct()];
    }

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Metrics__Token"] = MetricsToken;
        environment["Gateway__Clients__HandshakeTimeout"] = "00:00:03";
        environment["Gateway__Clients__MaxPollInterval"] = "00:00:03";
    }

    // 503 and 504 are documented responses of a gateway that waits for another part or a client; 505 answers an unknown HTTP version.
    [GeneratedRegex("""http_response_status_code="5(?!03|04|05)\d\d"[^\n]*""")]
    private static partial Regex Failures();

    [GeneratedRegex("""http_response_status_code="200""" + "\"")]
    private static partial Regex AnyStatus();
}
