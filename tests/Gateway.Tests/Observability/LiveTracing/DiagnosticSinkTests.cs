using System.Reflection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Observability.LiveTracing;

public class DiagnosticSinkTests
{
    private static readonly PropertyInfo[] Properties = [.. typeof(LiveTraceEvent).GetProperties(BindingFlags.Public | BindingFlags.Instance)];

    private readonly RecordingLog _log = new();
    private readonly DiagnosticSink _sink;

    public DiagnosticSinkTests() =>
        _sink = new DiagnosticSink(new LiveTrace(new ThisNode(NodeId.Create()), new FakeTime(), new SecretMask([])), _log);

    [Fact]
    public void Every_property_but_the_body_is_a_value_of_the_entry()
    {
        var traced = new LiveTraceEvent { Body = new LiveTraceBody("the body", 8, IsCut: false) };
        var number = 1000;
        foreach (var property in Properties.Where(static property => property.Name != nameof(LiveTraceEvent.Body)))
        {
            number++;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object value = type == typeof(string) ? $"the {property.Name}"
                : type == typeof(DateTimeOffset) ? new DateTimeOffset(number, 2, 3, 4, 5, 6, TimeSpan.Zero)
                : type.IsEnum ? LiveTraceCategory.HttpRequests
                : Convert.ChangeType(number, type, null);
            property.SetValue(traced, value);
        }

        _sink.Take(traced);
        var (_, id, values, text) = Assert.Single(_log.Entries);
        Assert.Equal((2, "DiagnosticClientTraced"), (id.Id, id.Name));
        foreach (var property in Properties.Where(static property => property.Name != nameof(LiveTraceEvent.Body)))
        {
            Assert.Single(values, pair => Equals(pair.Value, property.GetValue(traced)));
        }

        Assert.Equal(Properties.Length - 1, values.Count);
        Assert.Equal(values.Count, values.Select(static pair => pair.Key).Distinct().Count());
        Assert.DoesNotContain("the body", text, StringComparison.Ordinal);
        Assert.DoesNotContain(values, static pair => pair.Value is LiveTraceBody);
    }

    [Fact]
    public void The_text_says_what_happened_with_which_method_where_to_and_how_it_ended()
    {
        _sink.Take(new LiveTraceEvent
        {
            Level = "Warning",
            Category = LiveTraceCategory.HttpRequests,
            Event = "UpstreamAnswered",
            Message = "The upstream answered 500.",
            Hub = "chat",
            ConnectionId = "c1",
            UserId = "ann",
            Target = "send",
            Url = "http://f/api?code=***",
            Status = 500,
            Milliseconds = 1.5,
            Node = "n1",
        });
        var (level, _, _, text) = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Equal(
            "HttpRequests UpstreamAnswered: The upstream answered 500. "
            + "Hub chat, connection c1, user ann, method send, to http://f/api?code=***, status 500, milliseconds 1.5, node n1.",
            text);
    }

    [Fact]
    public void What_is_absent_is_left_out()
    {
        _sink.Take(new LiveTraceEvent { Event = "E", Hub = "chat" });
        var (level, _, values, _) = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Information, level);
        Assert.Equal(["Time", "Level", "Category", "OperationName", "TraceMessage", "Hub", "Node"], values.Select(static pair => pair.Key));
        Assert.DoesNotContain(values, static pair => pair.Value is null);
    }

    private sealed class RecordingLog : ILogger<DiagnosticSink>
    {
        public List<(LogLevel Level, EventId Id, IReadOnlyList<KeyValuePair<string, object?>> Values, string Text)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, eventId, (IReadOnlyList<KeyValuePair<string, object?>>)state!, formatter(state, exception)));
    }
}
