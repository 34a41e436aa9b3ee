using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace Serverless.Hubs.Functions;

/// <summary>Adds the functions of the hubs to those that the worker reports to the host.</summary>
internal sealed class HubFunctionMetadata(HubFunctionTable table) : IFunctionMetadataTransformer
{
    private const string Response = """{"name":"$return","type":"http","direction":"Out"}""";

    public string Name => "Serverless.Hubs";

    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (var function in table.Functions)
        {
            if (original.FirstOrDefault(own => string.Equals(own.Name, function.Name, StringComparison.OrdinalIgnoreCase)) is { } own)
            {
                throw new InvalidOperationException(
                    $"The app's function {own.EntryPoint} has the name '{own.Name}', which a function of the hubs has, too. Rename it, or turn off "
                    + "the other one by the options of AddHub.");
            }

            original.Add(new DefaultFunctionMetadata
            {
                Name = function.Name,
                Language = "dotnet-isolated",
                ScriptFile = HubEntryPoint.ScriptFile,
                EntryPoint = HubEntryPoint.Name,
                RawBindings = [Trigger(function), Response],
            });
        }
    }

    // {"name":"req","type":"httpTrigger","direction":"In","authLevel":"Anonymous","methods":["post"],"route":"chat/negotiate"}
    private static string Trigger(HubFunction function) => JsonSerializer.Serialize(new
    {
        name = "req",
        type = "httpTrigger",
        direction = "In",
        authLevel = function.AuthLevel.ToString(),
        methods = (string[])["post"],
        route = function.Route,
    });
}
