using System.Text.Json.Nodes;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>What a deployment makes, as the compiler predicts it. What only Azure knows is left as an expression in brackets.</summary>
internal sealed class Snapshot
{
    private readonly JsonNode _root;

    private Snapshot(string text) => _root = JsonNode.Parse(text)!;

    /// <value>Where it is deployed to, for the compiler.</value>
    public static string[] Place { get; } =
    [
        "--subscription-id", "00000000-0000-0000-0000-000000000001", "--tenant-id", "00000000-0000-0000-0000-000000000002",
        "--resource-group", "serverless", "--location", "westeurope", "--deployment-name", "main",
    ];

    public IEnumerable<JsonObject> Resources => _root["predictedResources"]!.AsArray().Select(resource => resource!.AsObject());

    public static Snapshot Read(string network) => new(File.ReadAllText(PathOf(network)));

    public static string PathOf(string network) =>
        Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Infrastructure.Tests", "Snapshots", $"{network}.json");

    public IEnumerable<JsonObject> OfType(string type) => Resources.Where(resource => resource["type"]!.GetValue<string>() == type);
}
