using System.Buffers;
using System.Text;

namespace Serverless.Protocol.Tests;

/// <summary>Converts bytes and messages to readable text for tables: a message is a line, JSON is shown unchanged, MessagePack as hex.</summary>
internal static class MessageText
{
    /// <summary>Reads a bare message and shows every field that is set.</summary>
    public static string Read(HubProtocol protocol, ReadOnlySpan<byte> bare)
    {
        var message = protocol.Read(bare);
        var text = new StringBuilder(message.Type.ToString());
        Add("id", message.InvocationId);
        Add("target", message.Target);
        AddRaw("headers", message.Headers);
        AddRaw("arguments", message.Arguments);
        AddRaw(message.HasStreamIds ? "streamIds" : "noStreamIds", message.StreamIds);
        AddRaw("value", message.HasValue ? message.Value : default);
        Add("error", message.Error);
        Add("reconnect", message.AllowReconnect ? "true" : null);
        Add("sequence", message.SequenceId == 0 ? null : message.SequenceId.ToString());
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(' ').Append(name).Append('=').Append(value);
            }
        }

        void AddRaw(string name, ReadOnlySpan<byte> value) => Add(name, value.IsEmpty ? null : Show(protocol, value));
    }

    /// <summary>Returns JSON as text with its terminator as ␞, and MessagePack as hex.</summary>
    public static string Show(HubProtocol protocol, ReadOnlySpan<byte> bytes) =>
        protocol.IsBinary ? Hex(bytes) : Encoding.UTF8.GetString(bytes).Replace('\x1e', '␞');

    /// <summary>The inverse of <see cref="Show"/>.</summary>
    public static byte[] Bytes(HubProtocol protocol, string shown) =>
        protocol.IsBinary ? FromHex(shown) : Encoding.UTF8.GetBytes(shown.Replace('␞', '\x1e'));

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>Returns the bytes that a writer writes.</summary>
    public static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    public static HubProtocol Protocol(string name) => HubProtocol.Find(name)!;
}
