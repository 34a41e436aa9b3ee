using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.FunctionsHost.Apps;

/// <summary>A function of an app, read from one of its files or from its worker.</summary>
internal sealed partial record FunctionDefinition
{
    private FunctionDefinition(string name, IReadOnlyList<FunctionBinding> bindings, FunctionBinding trigger)
    {
        Name = name;
        Bindings = bindings;
        Trigger = trigger;
        Http = trigger.Is(HttpTrigger.Type) ? HttpTrigger.Read(name, trigger.Json) : null;
    }

    public string Name { get; }

    public IReadOnlyList<FunctionBinding> Bindings { get; }

    public FunctionBinding Trigger { get; }

    /// <summary>Gets the trigger of an HTTP function; null for other functions.</summary>
    public HttpTrigger? Http { get; }

    /// <summary>Gets the id that host and worker use for the function.</summary>
    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Gets the DLL below the app's root.</summary>
    public string ScriptFile { get; init; } = "";

    /// <summary>Gets the method's full name.</summary>
    public string EntryPoint { get; init; } = "";

    public string Language { get; init; } = "";

    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Checks and returns a function.</summary>
    /// <exception cref="InvalidDataException">The host would not load it; the message gives the reason.</exception>
    public static FunctionDefinition Create(string name, IEnumerable<JsonElement> bindings)
    {
        if (!ValidName().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"'{name}' is not a valid function name.");
        }

        var list = bindings.Select(FunctionBinding.Read).ToArray();
        if (list.Length == 0)
        {
            throw new InvalidDataException("At least one binding must be declared.");
        }

        return list.Where(binding => binding.IsTrigger).ToArray() switch
        {
            [] => throw new InvalidDataException("No trigger binding specified. A function must have a trigger input binding."),
            [var trigger] => new FunctionDefinition(name, list, trigger),
            _ => throw new InvalidDataException("Multiple trigger bindings defined. A function can only have a single trigger binding."),
        };
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_\-]{0,127}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
