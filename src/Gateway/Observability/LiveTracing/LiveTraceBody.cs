using System.Buffers;
using System.Text;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Protocol;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>The beginning of a message's body.</summary>
/// <param name="Text">Truncated JSON; a MessagePack body is transcoded. Secrets are <c>***</c>; see <see cref="SecretMask"/>.</param>
/// <param name="Bytes">The whole body's length.</param>
/// <param name="IsCut">True when the body is longer.</param>
internal sealed record LiveTraceBody(string Text, int Bytes, bool IsCut)
{
    // Transcoding needs the whole body, and a viewer shows only its beginning.
    private const int MaxTranscodedBytes = 64 * 1024;

    // Longer than the text that is shown, as stars are shorter than secrets.
    private const int MaxReadChars = 4 * LiveTraceFilter.MaxBodyBytes;

    public static LiveTraceBody From(ReadOnlySpan<byte> body, bool isBinary, SecretMask mask)
    {
        var text = isBinary ? Transcode(body) : Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxReadChars)]);
        var isCut = text.Length > MaxReadChars || (isBinary ? text.Length == 0 && body.Length > 0 : body.Length > MaxReadChars);
        var read = text.Length > MaxReadChars ? text[..MaxReadChars] : text;
        return new LiveTraceBody(mask.Apply(read, isCut), body.Length, isCut).Cut(LiveTraceFilter.MaxBodyBytes);
    }

    /// <summary>Returns the body, truncated to about the given number of bytes.</summary>
    public LiveTraceBody Cut(int bytes)
    {
        if (Text.Length <= bytes)
        {
            return this;
        }

        // Keeps surrogate pairs whole.
        var end = char.IsHighSurrogate(Text[bytes - 1]) ? bytes - 1 : bytes;
        return this with { Text = Text[..end], IsCut = true };
    }

    // Empty when the body has no text to search for secrets.
    private static string Transcode(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxTranscodedBytes)
        {
            return "";
        }

        try
        {
            var json = new ArrayBufferWriter<byte>(body.Length * 2);
            Transcoder.MessagePackToJson(body, json);
            return Encoding.UTF8.GetString(json.WrittenSpan);
        }
        catch (HubProtocolException)
        {
            return "";
        }
    }
}
