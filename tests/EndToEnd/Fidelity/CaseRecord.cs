using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>What the clients of a case observed, in a form that is equal for two runs with the same behaviour.</summary>
/// <remarks>
/// <code>
/// {"steps":[{"result":…} | {"error":"…"} | {"items":[…],"end":"…"} | …],"received":{"a":[["said",1]]}}
/// </code>
/// </remarks>
internal sealed class CaseRecord
{
    /// <summary>The error of a step that did not end in time.</summary>
    public const string TimedOut = "(timed out)";

    private const int LongestText = 500;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonNode _record;

    /// <param name="record">The record as a driver wrote it.</param>
    /// <param name="names">Texts that differ from run to run, and their names.</param>
    public CaseRecord(JsonNode record, IEnumerable<(string Text, string Name)> names)
    {
        _record = Normalize(record, [.. names.Where(name => name.Text.Length > 0)])!;
        Text = _record.ToJsonString(Format);
    }

    /// <summary>The record as JSON.</summary>
    public string Text { get; }

    /// <summary>Returns why the outcomes of the steps are not what the row expects; null if they are.</summary>
    public string? Problem(FidelityCase row)
    {
        var steps = _record["steps"]!.AsArray();
        for (var i = 0; i < row.Steps.Count; i++)
        {
            if (i >= steps.Count)
            {
                return $"Step {i} has not run.";
            }

            var error = steps[i]!["error"];
            if (error?.ToString() == TimedOut)
            {
                return $"Step {i} did not end in time.";
            }

            if (row.Steps[i].Expected is not Outcome.Either && (error is not null) != (row.Steps[i].Expected is Outcome.Error))
            {
                return $"Step {i} should be {row.Steps[i].Expected}.";
            }
        }

        return null;
    }

    private static JsonNode? Normalize(JsonNode? node, IReadOnlyList<(string Text, string Name)> names)
    {
        switch (node)
        {
            case JsonObject value:
                var copy = new JsonObject();
                foreach (var (key, member) in value)
                {
                    copy[Normalize(key, names)] = Normalize(member, names);
                }

                return copy;
            case JsonArray value:
                return new JsonArray([.. value.Select(item => Normalize(item, names))]);
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                return Normalize(value.GetValue<string>(), names);
            default:
                return node?.DeepClone();
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Normalize(string text, IReadOnlyList<(string Text, string Name)> names)
    {
        foreach (var (part, name) in names)
        {
            text = text.Replace(part, name, StringComparison.Ordinal);
        }

        return text.Length <= LongestText
            ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text.Length} characters, SHA-256 {Hash(text)}");
    }
}
