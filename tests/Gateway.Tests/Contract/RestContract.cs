using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>
/// The facts of the service's five published OpenAPI documents, as <c>extract.mjs</c> extracted them into <c>contract.json</c>.
/// </summary>
internal sealed record RestContract(
    string Name, string? ApiVersion, IReadOnlyList<ContractOperation> Operations, IReadOnlyDictionary<string, ContractSchema> Schemas)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<RestContract> All { get; } = JsonSerializer.Deserialize<RestContract[]>(
        File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Gateway.Tests", "Contract", "contract.json")), Json)!;

    public bool IsVersion1 => ApiVersion is null;

    public static RestContract Find(string name) => All.Single(document => document.Name == name);

    public ContractOperation Operation(string name) => Operations.Single(operation => operation.ToString() == name);

    /// <summary>Returns why a value does not match a schema, or null if it does.</summary>
    public string? Mismatch(ContractSchema schema, JsonElement value, string at = "$")
    {
        if (schema.Ref is { } name)
        {
            return Mismatch(Schemas[name], value, at);
        }

        var isRight = schema.Type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _)),
            null => true,
            var other => throw new NotSupportedException(other),
        };
        if (!isRight)
        {
            return $"{at} is {value.ValueKind}, not {schema.Type}";
        }

        if (schema.Enum is { } allowed && !allowed.Any(one => one.ToString() == value.ToString()))
        {
            return $"{at} is {value}, none of the documented values";
        }

        if (schema.Format == "uri" && !Uri.IsWellFormedUriString(value.GetString(), UriKind.Absolute))
        {
            return $"{at} is no absolute address";
        }

        return schema.Type switch
        {
            "object" when schema.Properties is { } properties =>
                (schema.Required ?? []).Select(required => value.TryGetProperty(required, out _) ? null : $"{at}.{required} is missing")
                .Concat(value.EnumerateObject().Select(property => properties.TryGetValue(property.Name, out var known)
                    ? Mismatch(known, property.Value, $"{at}.{property.Name}")
                    : $"{at}.{property.Name} is not documented"))
                .FirstOrDefault(mismatch => mismatch is not null),
            "array" when schema.Items is { } items =>
                value.EnumerateArray().Select((item, i) => Mismatch(items, item, $"{at}[{i}]")).FirstOrDefault(mismatch => mismatch is not null),
            _ => null,
        };
    }
}

/// <summary>An operation: its method, path, parameters and responses.</summary>
internal sealed record ContractOperation(
    string Method,
    string Path,
    IReadOnlyList<string> Consumes,
    IReadOnlyList<ContractParameter> Parameters,
    IReadOnlyDictionary<string, ContractResponse> Responses)
{
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>A parameter in path, query or body.</summary>
internal sealed record ContractParameter(
    string Name, string In, bool Required, string? Type, string? Pattern, long? Minimum, long? Maximum, int? MinLength, int? MaxLength);

/// <summary>A documented response.</summary>
internal sealed record ContractResponse(ContractSchema? Schema, string? ContentType, IReadOnlyList<string>? Headers);

/// <summary>The shape of a body.</summary>
internal sealed record ContractSchema(
    [property: JsonPropertyName("ref")] string? Ref,
    string? Type,
    string? Format,
    IReadOnlyDictionary<string, ContractSchema>? Properties,
    ContractSchema? Items,
    IReadOnlyList<string>? Required,
    IReadOnlyList<JsonElement>? Enum);
