using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.InMemory;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway with readable metrics and frequent pings.</summary>
public class MeteredGateway : ProcessFixture
{
    private const string Token = "token-of-the-metering-tests";

    private static readonly HttpClient Http = new(MemoryNetwork.CreateHandler());

    /// <summary>Reads all current samples of <c>/metrics</c>.</summary>
    internal async Task<MetricSamples> ScrapeAsync()
    {
        using var answer = await GetMetricsAsync(Token);
        Assert.Equal(200, (int)answer.StatusCode);
        return new MetricSamples(await answer.Content.ReadAsStringAsync());
    }

    internal async Task<HttpResponseMessage> GetMetricsAsync(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, "/metrics"));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await Http.SendAsync(request, Waits.Limited());
    }

    /// <summary>Returns the units that a hub has used: to clients and to the upstream.</summary>
    internal static (double Client, double Upstream) Units(MetricSamples samples, string hub) =>
        (samples.Sum("MessageCount_total", ("hub", hub), ("Endpoint", "Client")), samples.Sum("MessageCount_total", ("hub", hub), ("Endpoint", "Upstream")));

    /// <summary>Reads <c>/metrics</c> until a condition holds: a write is counted after it was made, and its receiver may see it before.</summary>
    internal async Task<MetricSamples> ScrapeUntilAsync(Func<MetricSamples, bool> condition, string what)
    {
        var samples = await ScrapeAsync();
        await Waits.UntilAsync(async () => condition(samples) || condition(samples = await ScrapeAsync()), what);
        return samples;
    }

    /// <summary>Waits until a hub has used the given units. To detect a late excess, send one more message last, and wait for that.</summary>
    internal async Task UnitsBecomeAsync(string hub, double client, double upstream)
    {
        var samples = await ScrapeUntilAsync(
            now => Units(now, hub) is var used && (used == (client, upstream) || used.Client > client || used.Upstream > upstream),
            $"{client} units to clients and {upstream} to the upstream");
        Assert.Equal((client, upstream), Units(samples, hub));
    }

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Metrics__Token"] = Token;
        environment["Gateway__Clients__KeepAlive"] = "00:00:01";
    }
}

/// <summary>Samples in Prometheus' text format.</summary>
internal sealed partial class MetricSamples
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    public MetricSamples(string text)
    {
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var match = Sample().Match(line);
            Assert.True(match.Success, line);
            _samples.Add((
                match.Groups["name"].Value,
                Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
                double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
    }

    public IEnumerable<string> Names => _samples.Select(sample => sample.Name).Distinct();

    /// <summary>Returns the sum of a metric's samples that have all these labels.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    public bool Has(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Any();

    private IEnumerable<(string Name, Dictionary<string, string> Labels, double Value)> Matching(string name, (string Name, string Value)[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value));

    [GeneratedRegex("""^(?<name>[A-Za-z_:][\w:]*)(\{(?<labels>.*)\})? (?<value>\S+)""")]
    private static partial Regex Sample();

    [GeneratedRegex("""(\w+)="((?:[^"\\]|\\.)*)["]""")]
    private static partial Regex Label();
}
