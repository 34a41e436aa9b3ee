using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Admin;

/// <summary>Sums up usage as a query asks, and writes it as JSON or CSV with the same names.</summary>
internal sealed class UsageReport
{
    private static readonly (string Name, Func<Usage, long> Read)[] Figures =
    [
        ("clientUnits", static usage => usage.ClientUnits),
        ("upstreamUnits", static usage => usage.UpstreamUnits),
        ("units", static usage => usage.Units),
        ("messagesSent", static usage => usage.MessagesSent),
        ("messagesReceived", static usage => usage.MessagesReceived),
        ("bytesSent", static usage => usage.BytesSent),
        ("bytesReceived", static usage => usage.BytesReceived),
        ("connectionsOpened", static usage => usage.ConnectionsOpened),
        ("connectionsPeak", static usage => usage.ConnectionsPeak),
        ("liveTraceUnits", static usage => usage.LiveTraceUnits),
        ("diagnosticOpened", static usage => usage.DiagnosticOpened),
        ("liveTraceOpened", static usage => usage.LiveTraceOpened),
    ];

    private readonly UsageQuery _query;
    private readonly List<Line> _lines;
    private readonly Usage _total;

    public UsageReport(UsageQuery query, IEnumerable<UsageRow> rows)
    {
        _query = query;
        var wanted = rows.Where(row => query.Hub is null || row.Hub == query.Hub).ToList();

        // Rows of several nodes in one hour are concurrent and added side by side; hours follow one another.
        _lines =
        [
            .. from hour in wanted.GroupBy(row => (row.Hour, row.Hub, Node: query.ByNode ? row.Node : null))
               let usage = hour.Select(row => row.Usage).Aggregate((one, other) => one.Beside(other))
               group usage by (Start: query.ByDay ? hour.Key.Hour.Date : hour.Key.Hour.UtcDateTime, hour.Key.Hub, hour.Key.Node) into span
               orderby span.Key.Start, span.Key.Hub, span.Key.Node
               select new Line(span.Key.Start, span.Key.Hub, span.Key.Node, span.Aggregate((one, later) => one.Then(later))),
        ];
        _total = wanted.GroupBy(row => row.Hour)
            .Select(hour => hour.Select(row => row.Usage).Aggregate((one, other) => one.Beside(other)))
            .Aggregate(default(Usage), (one, later) => one.Then(later));
    }

    /// <summary>Returns <c>{"from":…,"to":…,"by":"hour","usage":[{"start":…,"hub":…,…}],"total":{…}}</c>.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("from"u8, _query.First.ToString(UsageQuery.DayFormat, CultureInfo.InvariantCulture));
            json.WriteString("to"u8, _query.Last.ToString(UsageQuery.DayFormat, CultureInfo.InvariantCulture));
            json.WriteString("by"u8, _query.ByDay ? "day"u8 : "hour"u8);
            json.WriteStartArray("usage"u8);
            foreach (var line in _lines)
            {
                json.WriteStartObject();
                json.WriteString("start"u8, Start(line));
                json.WriteString("hub"u8, line.Hub);
                if (line.Node is not null)
                {
                    json.WriteString("node"u8, line.Node);
                }

                WriteFigures(json, line.Usage);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("total"u8);
            WriteFigures(json, _total);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>Returns a line of column names, and one line for each hour or day and hub.</summary>
    public ReadOnlyMemory<byte> ToCsv()
    {
        var text = new StringBuilder();
        text.AppendJoin(',', [.. (string[])(_query.ByNode ? ["start", "hub", "node"] : ["start", "hub"]), .. Figures.Select(figure => figure.Name)]);
        text.Append("\r\n");
        foreach (var line in _lines)
        {
            text.AppendField(Start(line)).Append(',').AppendField(line.Hub);
            if (line.Node is not null)
            {
                text.Append(',').AppendField(line.Node);
            }

            foreach (var (_, read) in Figures)
            {
                text.Append(',').Append(CultureInfo.InvariantCulture, $"{read(line.Usage)}");
            }

            text.Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void WriteFigures(Utf8JsonWriter json, Usage usage)
    {
        foreach (var (name, read) in Figures)
        {
            json.WriteNumber(name, read(usage));
        }
    }

    private string Start(Line line) =>
        line.Start.ToString(_query.ByDay ? UsageQuery.DayFormat : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record Line(DateTime Start, string Hub, string? Node, Usage Usage);
}
