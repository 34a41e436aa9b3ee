using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>Reads an app's functions from its files.</summary>
internal static class FunctionFiles
{
    public const string FunctionFile = "function.json";

    private const string MetadataFile = "functions.metadata";

    /// <summary>Reads every <c>function.json</c> of a custom handler: a folder directly beside <c>host.json</c> for each function.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="errors">Receives the errors of functions that were not loaded, by function.</param>
    public static IReadOnlyList<FunctionDefinition> ReadFolders(string root, IDictionary<string, string> errors)
    {
        var functions = new List<FunctionDefinition>();
        foreach (var folder in Directory.EnumerateDirectories(root).Where(folder => File.Exists(Path.Combine(folder, FunctionFile))))
        {
            var name = Path.GetFileName(folder);
            Add(functions, errors, name, () =>
            {
                using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, FunctionFile)), JsonFile.Options);
                var function = FunctionDefinition.Create(name, JsonFile.Items(file.RootElement, "bindings"));
                return function.Http is not null && function.Bindings.Count == 2 && function.Bindings.Any(binding => binding.Is("http"))
                    ? function
                    : throw new InvalidDataException("Only functions with one httpTrigger and one http output receive the request itself.");
            });
        }

        return InOrder(functions);
    }

    /// <summary>Reads <c>functions.metadata</c>, which the build of an isolated worker writes.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="errors">Receives the errors of functions that were not loaded, by function.</param>
    public static IReadOnlyList<FunctionDefinition> ReadMetadata(string root, IDictionary<string, string> errors)
    {
        var functions = new List<FunctionDefinition>();
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, MetadataFile)), JsonFile.Options);
        foreach (var entry in file.RootElement.EnumerateArray())
        {
            var name = JsonFile.Text(entry, "name") ?? "";
            Add(functions, errors, name, () => FunctionDefinition.Create(name, JsonFile.Items(entry, "bindings")) with
            {
                ScriptFile = JsonFile.Text(entry, "scriptFile") ?? "",
                EntryPoint = JsonFile.Text(entry, "entryPoint") ?? "",
                Language = JsonFile.Text(entry, "language") ?? "",
            });
        }

        return InOrder(functions);
    }

    /// <summary>Adds a function, or its error.</summary>
    public static void Add(List<FunctionDefinition> functions, IDictionary<string, string> errors, string name, Func<FunctionDefinition> read)
    {
        try
        {
            if (functions.Any(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new InvalidDataException("Another function has this name.");
            }

            functions.Add(read());
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException)
        {
            errors[name] = e.Message;
        }
    }

    /// <summary>Returns functions in the order of their names, in which the host goes through them.</summary>
    public static IReadOnlyList<FunctionDefinition> InOrder(IEnumerable<FunctionDefinition> functions) =>
        [.. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];
}
