using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Routing.Filters;

namespace Serverless.Fuzz.Parsers;

/// <summary>The parts of a request's target: its path, the query of a client, a filter.</summary>
public sealed class RequestTests
{
    [Fact]
    public Task A_target_is_refused_or_read_as_the_path_that_is_shown_of_it() => FuzzRun.RunAsync("targets", static (input, _) =>
    {
        var target = RequestTarget.Parse(Encoding.Latin1.GetString(input));
        Assert.DoesNotContain("/../", $"/{string.Join('/', target.Segments.ToArray().Where(static one => !one.Contains('/', StringComparison.Ordinal)))}/", StringComparison.Ordinal);
        Assert.DoesNotContain('\0', string.Concat(target.Segments));
        if (target.Error is null && target.RoutedPath.Length > 0)
        {
            var shown = RequestTarget.Parse(target.Path);
            Assert.Equal((null, target.RoutedPath), (shown.Error, shown.RoutedPath));
            Assert.True(target.IsSamePath(shown));
            for (var i = 0; i < target.Segments.Length; i++)
            {
                Assert.NotEmpty(target.ListAt(i));
            }
        }
    });

    [Fact]
    public Task A_clients_query_goes_upstream_without_its_secrets() => FuzzRun.RunAsync("queries", static (input, _) =>
    {
        var query = ClientQuery.Parse(Encoding.Latin1.GetString(input));
        var upstream = ClientQuery.Parse(query.ForUpstream ?? "");
        Assert.Null(upstream.AccessToken);
        Assert.Null(upstream.ConnectionToken);
        Assert.Equal(
            (query.Hub, query.HubCount, query.NegotiateVersion, query.WantsStatefulReconnect, query.IsDiagnostic),
            (upstream.Hub, upstream.HubCount, upstream.NegotiateVersion, upstream.WantsStatefulReconnect, upstream.IsDiagnostic));
        Assert.True(!HubName.TryParseJoined(query.Hub, out var hub) || (HubName.TryRead(hub.Value, out var again) && again == hub));
    });

    [Fact]
    public Task A_filter_is_read_or_refused_at_a_position_in_it() => FuzzRun.RunAsync("filters", static (input, _) =>
    {
        var text = Encoding.UTF8.GetString(input);
        try
        {
            Assert.NotNull(ConnectionFilter.Parse(text));
        }
        catch (FilterException exception)
        {
            Assert.InRange(exception.Position, 1, text.Length + 1);
        }
    });
}
