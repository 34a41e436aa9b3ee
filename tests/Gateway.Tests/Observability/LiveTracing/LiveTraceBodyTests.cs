using System.Buffers;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Observability.LiveTracing;

public class LiveTraceBodyTests
{
    private const string Known = "k3y+of/the\"gateway==";

    private readonly SecretMask _mask = new([new SecretSource(() => [Known, null, ""])]);

    [Fact]
    public void A_body_is_cut_and_marked_and_its_whole_length_told()
    {
        var body = From(new string('x', 100_000));
        Assert.Equal((LiveTraceFilter.MaxBodyBytes, 100_000, true), (body.Text.Length, body.Bytes, body.IsCut));
        Assert.Equal(new LiveTraceBody("short", 5, IsCut: false), From("short"));

        // A surrogate pair is not split.
        Assert.Equal("ab", From("ab😀").Cut(3).Text);
    }

    [Fact]
    public void A_binary_body_is_shown_as_json() => Assert.Equal("""[1,"m"]""", LiveTraceBody.From([0x92, 0x01, 0xA1, 0x6D], isBinary: true, _mask).Text);

    [Fact]
    public void A_binary_body_that_cannot_be_read_is_not_shown() =>
        Assert.Equal(new LiveTraceBody("", 2, IsCut: true), LiveTraceBody.From([0x92, 0x01], isBinary: true, _mask));

    // The argument in both protocols, as text and as JSON in a string of the message.
    [Theory]
    [InlineData("""{"password":"hunter2"}""")]
    [InlineData("""{"access_token":"hunter2","n":1}""")]
    [InlineData("Bearer opaque-hunter2")]
    [InlineData("https://f/api?code=hunter2&x=1")]
    [InlineData("Endpoint=https://x;AccessKey=hunter2;Version=1.0;")]
    [InlineData("X-Functions-Key: hunter2")]
    public void A_secret_in_an_argument_is_stars_in_both_protocols(string argument)
    {
        foreach (var written in new[] { argument, JsonSerializer.Serialize(argument), JsonSerializer.Serialize(new[] { argument }) })
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new[] { written });
            var binary = new ArrayBufferWriter<byte>();
            Transcoder.JsonToMessagePack(json, binary);
            foreach (var body in new[] { LiveTraceBody.From(json, isBinary: false, _mask), LiveTraceBody.From(binary.WrittenSpan, isBinary: true, _mask) })
            {
                Assert.DoesNotContain("hunter2", body.Text, StringComparison.Ordinal);
                Assert.Contains("***", body.Text, StringComparison.Ordinal);
                JsonDocument.Parse(body.Text).Dispose();
            }
        }
    }

    [Fact]
    public void A_configured_secret_is_stars_however_it_is_written_in_both_protocols()
    {
        foreach (var text in new[] { Known, $"a{Known}b", JsonSerializer.Serialize(Known), JsonSerializer.Serialize(JsonSerializer.Serialize(Known)), Uri.EscapeDataString(Known) })
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(new[] { text });
            var binary = new ArrayBufferWriter<byte>();
            Transcoder.JsonToMessagePack(json, binary);
            foreach (var body in new[] { LiveTraceBody.From(json, isBinary: false, _mask), LiveTraceBody.From(binary.WrittenSpan, isBinary: true, _mask) })
            {
                Assert.DoesNotContain("k3y", body.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("gateway", body.Text, StringComparison.Ordinal);
                JsonDocument.Parse(body.Text).Dispose();
            }
        }
    }

    [Fact]
    public void A_configured_secret_that_the_reading_of_a_long_body_cuts_is_stars_too()
    {
        // Most of the body is a token, so that the place of the cut is within the shown text.
        const int Read = 4 * LiveTraceFilter.MaxBodyBytes;
        var written = JsonEncodedText.Encode(Known).ToString();
        for (var part = 1; part <= written.Length; part++)
        {
            var start = "[\"eyJ" + new string('a', Read - part - 7) + " \"";
            var body = From(start + written + "\"]");
            Assert.Equal(("[\"*** \"***", true), (body.Text, body.IsCut));
        }

        // The same holds for a text that a viewer cuts.
        Assert.Equal("[\"**", From($"[\"{Known}\"]").Cut(4).Text);
    }

    private LiveTraceBody From(string text) => LiveTraceBody.From(Encoding.UTF8.GetBytes(text), isBinary: false, _mask);
}
