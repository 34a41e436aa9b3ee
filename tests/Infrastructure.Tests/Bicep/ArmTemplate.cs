using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>An Azure Resource Manager template that the compiler created from a Bicep file: <c>main</c>, or a module within it.</summary>
internal sealed partial class ArmTemplate
{
    /// <summary>JSON options that do not escape apostrophes.</summary>
    public static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Lazy<Task<string>> Compiled = new(CompileAsync);

    private ArmTemplate(string name, JsonObject root)
    {
        Name = name;
        Root = root;
    }

    public string Name { get; }

    public JsonObject Root { get; }

    public IEnumerable<(string Name, JsonObject Declaration)> Parameters => Members("parameters");

    public IEnumerable<(string Name, JsonObject Declaration)> Outputs => Members("outputs");

    /// <value>The resources that are deployed or, with <c>existing</c>, read, without modules.</value>
    public IEnumerable<JsonObject> Resources => Declared.Select(resource => resource.Resource).Where(resource => !IsModule(resource));

    /// <value>The modules by their symbols, with their arguments.</value>
    public IEnumerable<(string Symbol, ArmTemplate Template, JsonObject Arguments)> Modules => Declared
        .Where(resource => IsModule(resource.Resource))
        .Select(module => (module.Symbol, Properties: module.Resource["properties"]!))
        .Select(module => (
            module.Symbol, new ArmTemplate(module.Symbol, module.Properties["template"]!.AsObject()), module.Properties["parameters"]!.AsObject()));

    private IEnumerable<(string Symbol, JsonObject Resource)> Declared => Root["resources"] switch
    {
        JsonObject symbols => symbols.Select(symbol => (symbol.Key, symbol.Value!.AsObject())),
        JsonArray list => list.Select(resource => ("", resource!.AsObject())),
        _ => [],
    };

    /// <summary><c>infra/bicep/main.bicep</c>, compiled with all modules.</summary>
    public static async Task<ArmTemplate> MainAsync() => Parse(await Compiled.Value);

    public static ArmTemplate Parse(string main) => new("main", JsonNode.Parse(main)!.AsObject());

    public ArmTemplate Module(string symbol) => Modules.Single(module => module.Symbol == symbol).Template;

    /// <summary>Returns the names of the parameters or variables that an expression reads: <c>[format('{0}', parameters('name'))]</c>.</summary>
    public static IEnumerable<string> NamesRead(JsonNode? expression, string kind) =>
        NameRead().Matches(expression?.ToJsonString(Json) ?? "").Where(match => match.Groups[1].Value == kind).Select(match => match.Groups[2].Value);

    private static bool IsModule(JsonObject resource) => resource["properties"]?["template"]?["$schema"] is not null;

    private static async Task<string> CompileAsync()
    {
        using var compiler = new BicepCompiler();
        var (code, output, error) = await compiler.RunAsync("build", "main.bicep", "--stdout");
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private IEnumerable<(string Name, JsonObject Declaration)> Members(string kind) =>
        Root[kind] is JsonObject members ? members.Select(member => (member.Key, member.Value!.AsObject())) : [];

    [GeneratedRegex(@"\b(parameters|variables)\('([^']+)'\)")]
    private static partial Regex NameRead();
}
