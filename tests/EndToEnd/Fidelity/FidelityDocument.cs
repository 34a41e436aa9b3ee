using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.EndToEnd.Fidelity.Cases;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>Writes the differences and the rows of the table into <c>docs/hubs.md</c>.</summary>
internal static partial class FidelityDocument
{
    /// <summary>Returns the document with the generated part replaced.</summary>
    public static string Put(string document)
    {
        var marks = Marks().Match(document);
        Assert.True(marks.Success, "docs/hubs.md has lost its marks, <!-- fidelity:begin --> and <!-- fidelity:end -->.");
        return document[..marks.Groups[1].Index] + Write() + document[(marks.Groups[1].Index + marks.Groups[1].Length)..];
    }

    private static string Write() => string.Concat(
    [
        "| subject | in process | behind the gateway | reason |\n",
        "|---|---|---|---|\n",
        .. KnownDifference.All.Select(one => $"| {one.What} | {one.InProcess} | {one.BehindGateway} | {one.Reason} |\n"),
        string.Create(CultureInfo.InvariantCulture, $"\nThe {FidelityTable.All.Count} rows of the table, by hub class:\n\n"),
        "| hub | rows |\n",
        "|---|---|\n",
        .. FidelityTable.All.GroupBy(row => row.Hub).Select(rows => $"| `{rows.Key.Name}` | {string.Join(" · ", rows.Select(Name))} |\n"),
    ]);

    private static string Name(FidelityCase row) =>
        Identifier().Replace(row.Name, "`$0`") + (KnownDifference.All.Any(one => one.Rows.Any(known => known.Row == row.Name)) ? " (differs)" : "");

    // [Authorize] · Clients.All · OnConnectedAsync · Guid
    [GeneratedRegex(@"\[\w+\]|\b(?:Clients\.\w+|[A-Z]\w*[a-z][A-Z]\w*|Async|Guid|Uri|enum|struct|params|void|null|object)\b")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"<!-- fidelity:begin -->\n(.*?)<!-- fidelity:end -->", RegexOptions.Singleline)]
    private static partial Regex Marks();
}
