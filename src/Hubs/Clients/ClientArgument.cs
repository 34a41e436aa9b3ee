using System.Text.Json;

namespace Serverless.Hubs;

/// <summary>Represents an argument of a message to clients together with its declared type. Generated client implementations create it.</summary>
public abstract class ClientArgument
{
    private protected ClientArgument()
    {
    }

    /// <summary>Creates an argument that is serialized as <typeparamref name="T"/> where the serializer does not know the value's own type.</summary>
    /// <typeparam name="T">The declared type.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The argument.</returns>
    public static ClientArgument Of<T>(T value) => new Declared<T>(value);

    internal abstract void Write(Utf8JsonWriter writer, JsonSerializerOptions options);

    internal static void Write(Utf8JsonWriter writer, object? argument, JsonSerializerOptions options)
    {
        switch (argument)
        {
            case null:
                writer.WriteNullValue();
                break;
            case ClientArgument declared:
                declared.Write(writer, options);
                break;
            default:
                JsonSerializer.Serialize(writer, argument, options.GetTypeInfo(argument.GetType()));
                break;
        }
    }

    private sealed class Declared<T>(T value) : ClientArgument
    {
        // The value's own type comes first, as in SignalR: all properties of a derived record are written. A source-generated resolver may
        // know only the declared type.
        internal override void Write(Utf8JsonWriter writer, JsonSerializerOptions options)
        {
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else if (typeof(T) != value.GetType() && options.TryGetTypeInfo(value.GetType(), out var own))
            {
                JsonSerializer.Serialize(writer, value, own);
            }
            else
            {
                JsonSerializer.Serialize(writer, value, options.GetTypeInfo(typeof(T)));
            }
        }
    }
}
