using System.Buffers;
using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>
/// The first record in each direction: JSON ended by 0x1E, whatever the hub protocol. The response must not contain a "type".
/// Source: HubProtocol.md, "Handshake"; HandshakeProtocol.cs in ASP.NET Core.
/// </summary>
public static class HandshakeProtocol
{
    /// <summary>Highest protocol version served; 2 is asked for by clients that negotiated stateful reconnect.</summary>
    public const int MaxVersion = 2;

    /// <summary>The response that accepts: <c>{}</c> and 0x1E.</summary>
    public static ReadOnlySpan<byte> Accepted => "{}\x1e"u8;

    /// <summary>
    /// Finds and reads the request at the start of a buffer.
    /// </summary>
    /// <returns>False if it is not whole yet.</returns>
    /// <exception cref="HubProtocolException">The request is malformed; the text says in what.</exception>
    public static bool TryRead(ReadOnlySpan<byte> buffer, out HandshakeRequest request, out int consumed)
    {
        request = default;
        var end = buffer.IndexOf(JsonHubProtocol.RecordSeparator);
        consumed = end + 1;
        if (end < 0)
        {
            return false;
        }

        request = Read(buffer[..end]);
        return true;
    }

    /// <summary>Writes the response that refuses.</summary>
    public static void WriteRefused(IBufferWriter<byte> output, string error)
    {
        output.Write("{\"error\":"u8);
        JsonHubProtocol.WriteString(output, error);
        output.Write("}\x1e"u8);
    }

    private static HandshakeRequest Read(ReadOnlySpan<byte> json)
    {
        string? protocol = null;
        int? version = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new HubProtocolException("The handshake request must be a JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("protocol"u8))
                {
                    reader.Read();
                    protocol = reader.TokenType == JsonTokenType.String
                        ? reader.GetString()
                        : throw new HubProtocolException("Expected 'protocol' to be of type String.");
                }
                else if (reader.ValueTextEquals("version"u8))
                {
                    reader.Read();
                    version = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)
                        ? number
                        : throw new HubProtocolException("Expected 'version' to be of type Integer.");
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new HubProtocolException("The handshake request is no valid JSON.", exception);
        }

        return new HandshakeRequest(
            protocol ?? throw new HubProtocolException("Missing required property 'protocol'."),
            version ?? throw new HubProtocolException("Missing required property 'version'."));
    }
}

/// <summary>What a client asks for in its first record.</summary>
/// <param name="Protocol">The hub protocol's name.</param>
/// <param name="Version">The protocol version.</param>
public readonly record struct HandshakeRequest(string Protocol, int Version);
