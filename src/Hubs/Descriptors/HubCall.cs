using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Serverless.Hubs.Dispatch;

namespace Serverless.Hubs.Descriptors;

/// <summary>One call of a hub method: its arguments, still encoded, and what its result is written with.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HubCall
{
    private readonly HubMethod _method;
    private readonly HubArguments _arguments;
    private readonly JsonSerializerOptions _options;

    internal HubCall(HubMethod method, HubArguments arguments, JsonSerializerOptions options, CancellationToken cancellationToken)
    {
        _method = method;
        _arguments = arguments;
        _options = options;
        CancellationToken = cancellationToken;
    }

    /// <summary>Cancelled when the gateway no longer waits.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Reads an argument.</summary>
    public T? Read<T>(int index)
    {
        // A type that the options do not know is our fault and throws as such; what the client sent is not.
        var type = (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));
        try
        {
            return JsonSerializer.Deserialize(_arguments[index], type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArgumentBindingException(
                $"Argument {index + 1} ('{_method.Parameters[index].Name}') of '{_method.Name}' cannot be read as {Describe(typeof(T))}.", e);
        }
    }

    /// <summary>Reads an argument that must not be null.</summary>
    public T ReadRequired<T>(int index) => Read<T>(index) ?? throw new ArgumentBindingException(
        $"Argument {index + 1} ('{_method.Parameters[index].Name}') of '{_method.Name}' must not be null.");

    /// <summary>Keeps what the method returned.</summary>
    public HubResult Result<T>(T value) => value switch
    {
        byte[] bytes => HubResult.OfBinary(bytes),
        _ => HubResult.OfJson(JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)))),
    };

    private static string Describe(Type type) => (Nullable.GetUnderlyingType(type) ?? type).Name.Split('`')[0];
}
