using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>Compares two records.</summary>
internal static class RecordDifference
{
    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns a line for each value that differs: its path, and both values as JSON; <c>-</c> stands for an absent value.</summary>
    /// <code>steps[1].result: "kept" → null</code>
    public static IReadOnlyList<string> Between(CaseRecord one, CaseRecord other)
    {
        var lines = new List<string>();
        Compare("", JsonNode.Parse(one.Text), JsonNode.Parse(other.Text), lines);
        return lines;
    }

    private static void Compare(string path, JsonNode? one, JsonNode? other, List<string> lines)
    {
        switch (one, other)
        {
            case (JsonObject left, JsonObject right):
                foreach (var name in left.Select(member => member.Key).Union(right.Select(member => member.Key)))
                {
                    var at = path.Length == 0 ? name : $"{path}.{name}";
                    CompareMembers(at, left.ContainsKey(name), left[name], right.ContainsKey(name), right[name], lines);
                }

                break;
            case (JsonArray left, JsonArray right):
                for (var i = 0; i < Math.Max(left.Count, right.Count); i++)
                {
                    var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
                    CompareMembers(at, i < left.Count, left.ElementAtOrDefault(i), i < right.Count, right.ElementAtOrDefault(i), lines);
                }

                break;
            default:
                if (!JsonNode.DeepEquals(one, other))
                {
                    lines.Add($"{path}: {Text(one)} → {Text(other)}");
                }

                break;
        }
    }

    private static void CompareMembers(string path, bool inOne, JsonNode? one, bool inOther, JsonNode? other, List<string> lines)
    {
        if (inOne && inOther)
        {
            Compare(path, one, other, lines);
        }
        else
        {
            lines.Add($"{path}: {(inOne ? Text(one) : "-")} → {(inOther ? Text(other) : "-")}");
        }
    }

    private static string Text(JsonNode? node) => node?.ToJsonString(Format) ?? "null";
}
