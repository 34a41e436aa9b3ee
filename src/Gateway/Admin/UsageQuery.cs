using System.Globalization;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Admin;

/// <summary>The parameters of a request for usage.</summary>
/// <param name="First">The first day, in UTC.</param>
/// <param name="Last">The last day, included.</param>
/// <param name="Hub">One hub; null for all.</param>
/// <param name="ByDay">True for a line per day, false for a line per hour.</param>
/// <param name="ByNode">True for a line per node, false for all nodes together.</param>
/// <param name="AsCsv">True for CSV, false for JSON.</param>
internal sealed record UsageQuery(DateOnly First, DateOnly Last, string? Hub, bool ByDay, bool ByNode, bool AsCsv)
{
    /// <summary>The most days of one request.</summary>
    public const int MaxDays = 100;

    public const string DayFormat = "yyyy-MM-dd";

    /// <summary>
    /// Reads <c>?from=2026-11-24&amp;to=2026-11-24&amp;by=hour&amp;nodes=true&amp;hub=chat&amp;format=csv</c>; the defaults are today, by the hour.
    /// </summary>
    public static (UsageQuery? Query, RestError? Error) Read(HttpRequest request, DateOnly today)
    {
        var query = request.Query;
        if (!TryDay(query["from"], today, out var first))
        {
            return (null, RestError.BadRequest("'from' is not a valid day. Write it as 2026-11-24.", "from"));
        }

        if (!TryDay(query["to"], query.ContainsKey("from") ? first : today, out var last))
        {
            return (null, RestError.BadRequest("'to' is not a valid day. Write it as 2026-11-24.", "to"));
        }

        if (last < first || last.DayNumber - first.DayNumber >= MaxDays)
        {
            return (null, RestError.BadRequest($"'to' must not be before 'from', and one request covers at most {MaxDays} days.", "to"));
        }

        if (!TryOneOf(query["by"], "hour", "day", out var byDay))
        {
            return (null, RestError.BadRequest("'by' must be hour or day.", "by"));
        }

        if (!TryOneOf(query["nodes"], "false", "true", out var byNode))
        {
            return (null, RestError.BadRequest("'nodes' must be true or false.", "nodes"));
        }

        var accepted = request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase) ? "csv" : "json";
        return TryOneOf(query.ContainsKey("format") ? query["format"] : accepted, "json", "csv", out var asCsv)
            ? (new UsageQuery(first, last, query["hub"] is [{ Length: > 0 } hub, ..] ? hub.ToLowerInvariant() : null, byDay, byNode, asCsv), null)
            : (null, RestError.BadRequest("'format' must be json or csv.", "format"));
    }

    private static bool TryDay(string? text, DateOnly fallback, out DateOnly day)
    {
        day = fallback;
        return text is null || DateOnly.TryParseExact(text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }

    // The first word is the default.
    private static bool TryOneOf(string? text, string first, string second, out bool isSecond)
    {
        isSecond = text == second;
        return isSecond || text is null || text == first;
    }
}
