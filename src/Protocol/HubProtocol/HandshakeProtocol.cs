using System.Buffers;
using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>
/// Reads handshake requests and writes handshake responses. The handshake is the first record in each direction: JSON ended by 0x1E,
/// whatever the hub protocol. The response must not contain a "type".
/// Source: HubProtocol.md, "Handshake"; HandshakeProtocol.cs in ASP.NET Core.
/// </summary>
public static class HandshakeProtocol
{
    /// <summary>The highest supported protocol version. Clients that negotiated stateful reconnect request version 2.</summary>
    public const int MaxVersion = 2;

    /// <summary>Gets the response that accepts a handshake: <c>{}</c> and 0x1E.</summary>
    public static ReadOnlySpan<byte> Accepted => "{}\x1e"u8;

    /// <summary>Tries to read the request at the start of a buffer.</summary>
    /// <param name="buffer">The received bytes.</param>
    /// <param name="request">The request.</param>
    /// <param name="consumed">The length of the request and its terminator, in bytes.</param>
    /// <returns>False when the request is not complete yet.</returns>
    /// <exception cref="HubProtocolException">The request is malformed; the message states the error.</exception>
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

    /// <summary>Writes the response that refuses a handshake.</summary>
    /// <param name="output">The buffer to write to.</param>
    /// <param name="error">The error for the client.</param>
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
            throw new HubProtocolException("The handshake request is not valid JSON.", exception);
        }

        return new HandshakeRequest(
            protocol ?? throw new HubProtocolException("Missing required property 'protocol'."),
            version ?? throw new HubProtocolException("Missing required property 'version'."));
    }
}

/// <summary>Represents a client's handshake request.</summary>
/// <param name="Protocol">The hub protocol's name.</param>
/// <param name="Version">The protocol version.</param>
public readonly record struct HandshakeRequest(string Protocol, int Version);
