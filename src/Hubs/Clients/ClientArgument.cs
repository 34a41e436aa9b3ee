using System.Text.Json;

namespace Serverless.Hubs;

/// <summary>An argument of a message to clients together with the type that it was declared with. Generated clients make them.</summary>
public abstract class ClientArgument
{
    private protected ClientArgument()
    {
    }

    /// <summary>An argument that is written as <typeparamref name="T"/> where its own type is unknown to the serializer.</summary>
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
        // The value's own type first, as SignalR does: a derived record shows all of its properties. A compiled resolver may
        // know only what is declared.
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
