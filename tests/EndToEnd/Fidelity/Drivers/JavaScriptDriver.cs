using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.EndToEnd.Fidelity.Cases;
using Serverless.EndToEnd.Fidelity.Hubs;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>The official JavaScript client, in Node. The script reads the cases from its standard input and writes a record on each line.</summary>
/// <code>
/// {"url":"http://…","protocol":"json","messages":["said",…],"cases":[{"name":"…","run":"…","path":"/valueshub","clients":[…],"steps":[…]}]}
/// {"name":"…","record":{"steps":[…],"received":{…}},"ids":{"a":"…"}}
/// </code>
internal sealed class JavaScriptDriver : IDriver
{
    private const int AtOnce = 6;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Script =
        Path.Combine(BuiltProgram.RepositoryRoot, "tests", "EndToEnd", "JavaScriptClient", "fidelity.mjs");

    public string Name => "JavaScript";

    public async Task<IReadOnlyDictionary<string, CaseRecord>> RunAsync(IReadOnlyList<FidelityCase> rows, Uri backend, string protocol)
    {
        var runs = rows.ToDictionary(row => row.Name, _ => RunName.Create());
        using var node = Process.Start(new ProcessStartInfo("node", [Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var errors = node.StandardError.ReadToEndAsync(limit.Token);
            var settings = new JsonObject
            {
                ["url"] = backend.AbsoluteUri.TrimEnd('/'),
                ["protocol"] = protocol,
                ["atOnce"] = AtOnce,
                ["messages"] = new JsonArray([.. Messages.Received.Keys.Select(name => (JsonNode)name)]),
                ["cases"] = new JsonArray([.. rows.Select(row => WriteCase(row, protocol, runs[row.Name]))]),
            };
            await node.StandardInput.WriteAsync(settings.ToJsonString(Format).AsMemory(), limit.Token);
            node.StandardInput.Close();
            var records = new Dictionary<string, CaseRecord>();
            while (await node.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                var output = JsonNode.Parse(line)!;
                var name = (string)output["name"]!;
                records[name] = new CaseRecord(
                    output["record"]!,
                    [
                        (runs[name], RunName.Placeholder),
                        (backend.GetLeftPart(UriPartial.Authority), "$backend"),
                        .. output["ids"]!.AsObject().Select(id => ((string?)id.Value ?? "", "$" + id.Key)),
                    ]);
            }

            Assert.True(records.Count == rows.Count, $"The script ended after {records.Count} of {rows.Count} cases:\n{await errors}");
            return records;
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
                await node.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static JsonObject WriteCase(FidelityCase row, string protocol, string run) => new()
    {
        ["name"] = row.Name,
        ["run"] = run,
        ["path"] = FidelityCase.PathOf(row.Hub),
        ["clients"] = new JsonArray([.. row.Clients.Select(client => WriteClient(client, protocol, run))]),
        ["steps"] = new JsonArray([.. row.Steps.Select(step => new JsonObject
        {
            ["kind"] = step.Kind.ToString(),
            ["client"] = step.Client,
            ["method"] = step.Method,
            ["count"] = step.Count,
            ["arguments"] = Fill(new JsonArray([.. step.Arguments.Select(argument => ScriptValue.Write(argument, protocol))]), run),
        })]),
    };

    private static JsonObject WriteClient(CaseClient client, string protocol, string run) => new()
    {
        ["name"] = client.Name,
        ["query"] = client.Query,
        ["connectsLater"] = client.ConnectsLater,
        ["token"] = client.Claims.Count == 0
            ? null
            : ClaimsAuthentication.Token(client.Claims.Select(claim => (claim.Type, RunName.Fill(claim.Value, run)))),
        ["answers"] = new JsonObject(client.Answers.Select(answer => KeyValuePair.Create(
            answer.Key,
            answer.Value is Exception error
                ? new JsonObject { ["$error"] = error.Message }
                : ScriptValue.Write(answer.Value, protocol)))),
    };

    private static JsonNode Fill(JsonArray arguments, string run) => JsonNode.Parse(RunName.Fill(arguments.ToJsonString(Format), run))!;
}
