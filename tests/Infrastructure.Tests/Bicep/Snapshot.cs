using System.Text.Json.Nodes;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>The resources of a deployment, as the compiler predicts them. Values that only Azure knows remain expressions in brackets.</summary>
internal sealed class Snapshot
{
    private readonly JsonNode _root;

    private Snapshot(string text) => _root = JsonNode.Parse(text)!;

    /// <value>The compiler's arguments for the target of the deployment.</value>
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
