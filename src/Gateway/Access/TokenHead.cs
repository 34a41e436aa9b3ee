using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Serverless.Gateway.Access;

/// <summary>
/// Represents the header of a signed token in the compact form. It is read before the signature is checked, so it is untrusted.
/// </summary>
/// <param name="Algorithm"><c>alg</c>; null if it is absent or not a string.</param>
/// <param name="KeyId"><c>kid</c>; null if it is absent or not a string.</param>
internal readonly record struct TokenHead(string? Algorithm, string? KeyId)
{
    private const int Parts = 3;

    /// <summary>
    /// Reads the header. Returns false unless the text has three parts, of which only the signature may be empty, and a JSON object as
    /// its header.
    /// </summary>
    // BASE64URL({"alg":"HS256","kid":"…"}) "." BASE64URL(payload) "." BASE64URL(signature)          RFC 7515 §7.1
    public static bool TryRead(ReadOnlySpan<char> text, out TokenHead head)
    {
        head = default;
        Span<Range> parts = stackalloc Range[Parts + 1];
        if (text.Split(parts, '.') != Parts || text[parts[1]].IsEmpty || !Base64Url.IsValid(text[parts[0]], out var length) || length == 0)
        {
            return false;
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            // Bytes that are obviously not JSON cost no exception.
            return Base64Url.DecodeFromChars(text[parts[0]], rented, out _, out var written) == OperationStatus.Done
                && rented.AsSpan(0, written) is [(byte)'{', .., (byte)'}'] json
                && Utf8.IsValid(json)
                && TryReadObject(json, out head);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryReadObject(ReadOnlySpan<byte> json, out TokenHead head)
    {
        string? algorithm = null;
        string? keyId = null;
        head = default;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isAlgorithm = reader.ValueTextEquals("alg"u8);
                var isKeyId = reader.ValueTextEquals("kid"u8);
                reader.Read();
                var value = (isAlgorithm || isKeyId) && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                algorithm = isAlgorithm ? value : algorithm;
                keyId = isKeyId ? value : keyId;
                reader.Skip();
            }

            head = new TokenHead(algorithm, keyId);
            return !reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string with half a surrogate pair.
            return false;
        }
    }
}
