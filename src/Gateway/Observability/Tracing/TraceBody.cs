using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Protocol;

namespace Serverless.Gateway.Observability.Tracing;

/// <summary>The beginning of a message's body.</summary>
/// <param name="Text">JSON, cut; a MessagePack body is transcoded. What looks like a token or a key is <c>***</c>.</param>
/// <param name="Bytes">The whole body's length.</param>
/// <param name="IsCut">There is more.</param>
internal sealed partial record TraceBody(string Text, int Bytes, bool IsCut)
{
    // Of a body of megabytes nobody reads more.
    private const int MostTranscoded = 64 * 1024;

    public static TraceBody From(ReadOnlySpan<byte> body, bool isBinary)
    {
        var length = body.Length;
        var text = isBinary ? Transcode(body) : Encoding.UTF8.GetString(body[..Math.Min(length, MostTranscoded)]);
        return new TraceBody(Mask(text), length, length > MostTranscoded).Cut(TraceFilter.MostBodyBytes);
    }

    /// <summary>Cuts it to about so many bytes.</summary>
    public TraceBody Cut(int bytes)
    {
        if (Text.Length <= bytes)
        {
            return this;
        }

        // No half of a pair.
        var end = char.IsHighSurrogate(Text[bytes - 1]) ? bytes - 1 : bytes;
        return this with { Text = Text[..end], IsCut = true };
    }

    /// <summary>Puts stars in place of what looks like a token or a key.</summary>
    public static string Mask(string text) => Secret().Replace(Token().Replace(text, "***"), "$1***");

    private static string Transcode(ReadOnlySpan<byte> body)
    {
        if (body.Length > MostTranscoded)
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
            return Convert.ToBase64String(body);
        }
    }

    // A JSON web token, whole or cut: {" in Base64Url is eyJ.
    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,2}", RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    // AccessKey=… of a connection string, "password":"…", ?code=…
    [GeneratedRegex(
        @"((?:[?&](?:code|sig)=|(?:access_?key|account_?key|access_?token|api_?key|client_?secret|password|authorization)""?\s*[=:]\s*""?(?:bearer\s+)?))[^\s""&;,}]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
