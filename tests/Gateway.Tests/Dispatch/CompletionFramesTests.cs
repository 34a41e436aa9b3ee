using System.Text;
using Serverless.Gateway.Dispatch.Answers;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Dispatch;

/// <summary>Covers docs/contract/upstream-requests.md#answers: the completion for each result of an upstream call.</summary>
public class CompletionFramesTests
{
    private const string NoCompletion = "Invocation failed, the upstream's response is no completion of this invocation.";

    [Theory]
    [InlineData(nameof(UpstreamResult.NoTemplate), 0, "Invocation failed, no upstream template matches it.")]
    [InlineData(nameof(UpstreamResult.BadUrl), 0, "Invocation failed, the upstream template makes no URL with its name.")]
    [InlineData(nameof(UpstreamResult.NoSecret), 0, "Invocation failed, a secret of the upstream template is not available.")]
    [InlineData(nameof(UpstreamResult.NoIdentity), 0, "Invocation failed, the gateway gets no identity token for its upstream.")]
    [InlineData(nameof(UpstreamResult.Failed), 0, "Invocation failed, status code 500")]
    [InlineData(nameof(UpstreamResult.TimedOut), 0, "Invocation failed, status code 500")]
    [InlineData(nameof(UpstreamResult.NoConnection), 0, "Invocation failed, it broke.")]
    [InlineData(nameof(UpstreamResult.TooLarge), 200, "Invocation failed, response too large.")]
    [InlineData(nameof(UpstreamResult.BodyTimedOut), 200, "Invocation failed, response cancelled.")]
    [InlineData(nameof(UpstreamResult.BodyFailed), 200, "Invocation failed, error: it broke.")]
    [InlineData(nameof(UpstreamResult.Answered), 201, "Invocation failed, status code 201")]
    [InlineData(nameof(UpstreamResult.Answered), 302, "Invocation failed, status code 302")]
    [InlineData(nameof(UpstreamResult.Answered), 404, "Invocation failed, status code 404")]
    [InlineData(nameof(UpstreamResult.Answered), 500, "Invocation failed, status code 500")]
    [InlineData(nameof(UpstreamResult.Answered), 204, null)]
    [InlineData(nameof(UpstreamResult.Answered), 200, null)]
    public void Without_a_body_the_outcome_tells(string result, int status, string? error)
    {
        var outcome = new UpstreamOutcome(Enum.Parse<UpstreamResult>(result), status, detail: "it broke");
        var json = error is null ? """{"type":3,"invocationId":"7"}␞""" : $$"""{"type":3,"invocationId":"7","error":"{{error}}"}␞""";
        Assert.Equal(json, Show(CompletionFrames.From(HubProtocol.Json, "7", outcome).Payload.Span));
        var messagePack = HubProtocol.MessagePack;
        Assert.True(messagePack.TryCut(CompletionFrames.From(messagePack, "7", outcome).Payload.Span, 0, int.MaxValue, out var message, out _));
        var read = messagePack.Read(message);
        Assert.Equal((HubMessageType.Completion, "7", error, false), (read.Type, read.InvocationId, read.Error, read.HasValue));
    }

    [Theory]
    [InlineData("""{"type":3,"invocationId":"7","result":3}␞""", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","result":3}""", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData(" {\"type\":3,\"invocationId\":\"7\",\"result\":{\"a\": 1}}\r\n", """{"type":3,"invocationId":"7","result":{"a": 1}}␞""")]
    [InlineData("""{"type":3,"invocationId":"7"}""", """{"type":3,"invocationId":"7"}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","error":"x"}""", """{"type":3,"invocationId":"7","error":"x"}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","result":3,"item":null,"error":null}""", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData("""{"error":"","result":3,"item":null,"invocationId":"7","headers":null,"type":3}␞""", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","result":null,"error":"no"}␞""", """{"type":3,"invocationId":"7","error":"no"}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","result":null,"error":""}␞""", """{"type":3,"invocationId":"7","result":null}␞""")]
    [InlineData("{\"type\":3,\"invocationId\":\"7\",\"result\":3}␞\r\n", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData("\uFEFF{\"type\":3,\"invocationId\":\"7\",\"result\":3}␞\n", """{"type":3,"invocationId":"7","result":3}␞""")]
    [InlineData("""{"type":3,"invocationId":"7","result":3,"headers":{"a":"b"}}␞""", """{"type":3,"invocationId":"7","result":3,"headers":{"a":"b"}}␞""")]
    [InlineData("""{"type":3,"invocationId":"8","result":3}␞""", null)]
    [InlineData("""{"type":3,"invocationId":null,"result":3}␞""", null)]
    [InlineData("""{"type":2,"invocationId":"7","item":3}␞""", null)]
    [InlineData("""{"type":3,"invocationId":"7"}␞␞""", null)]
    [InlineData("""{"type":6}␞{"type":3,"invocationId":"7"}␞""", null)]
    [InlineData("␞", null)]
    [InlineData("null", null)]
    [InlineData("garbage", null)]
    public void A_json_body_is_framed_and_checked(string body, string? frame) =>
        Assert.Equal(frame ?? $$"""{"type":3,"invocationId":"7","error":"{{NoCompletion}}"}␞""", Show(From(HubProtocol.Json, Bytes(body))));

    [Theory]
    [InlineData("07950380a1370303", true)]
    [InlineData("950380a1370303", true)]
    [InlineData("06940380a13702", true)]
    [InlineData("940380a13702", true)]
    [InlineData("07950380a1380303", false)]
    [InlineData("07950380a13703", false)]
    [InlineData("08950380a137030300", false)]
    [InlineData("950380a137030300", false)]
    [InlineData("07950380a137030306940380a13702", false)]
    [InlineData("ffffffff7f", false)]
    [InlineData("808080808080", false)]
    [InlineData("80", false)]
    [InlineData("00", false)]
    [InlineData("c1", false)]
    public void A_messagepack_body_is_framed_and_checked(string hex, bool usable)
    {
        var frame = From(HubProtocol.MessagePack, Convert.FromHexString(hex));
        var bare = hex[1] is '6' or '7' ? hex[2..] : hex;
        Assert.True(HubProtocol.MessagePack.TryCut(frame, 0, int.MaxValue, out var message, out var consumed));
        Assert.Equal(frame.Length, consumed);
        Assert.Equal(usable ? null : NoCompletion, HubProtocol.MessagePack.Read(message).Error);
        Assert.Equal(usable, Convert.ToHexStringLower(message) == bare);
    }

    [Theory]
    [InlineData("07 95 03 c0 a137 03 07", "95 03 80 a137 03 07")] // headers nil
    [InlineData("08 96 03 c0 a137 03 07 c0", "95 03 80 a137 03 07")] // and one nil more
    [InlineData("95 03 c0 a137 03 07", "95 03 80 a137 03 07")] // without framing
    [InlineData("07 95 03 80 a137 01 c0", "94 03 80 a137 02")] // error nil
    [InlineData("07 95 03 80 a137 01 a0", "94 03 80 a137 02")] // error empty
    [InlineData("08 95 03 c0 a137 01 a178", "95 03 80 a137 01 a178")]
    public void A_messagepack_body_with_nils_arrives_as_meant(string body, string message)
    {
        var frame = From(HubProtocol.MessagePack, Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal)));
        Assert.True(HubProtocol.MessagePack.TryCut(frame, 0, int.MaxValue, out var bare, out _));
        Assert.Equal(message.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(bare));
    }

    [Fact]
    public void Json_text_that_is_no_utf8_is_refused()
    {
        byte[] body = [.. """{"type":3,"invocationId":"7","result":"""u8, (byte)'"', 0xC3, (byte)'"', (byte)'}', 0x1E];
        Assert.Contains(NoCompletion, Show(From(HubProtocol.Json, body)), StringComparison.Ordinal);
    }

    private static byte[] From(HubProtocol protocol, byte[] body) =>
        CompletionFrames.From(protocol, "7", new UpstreamOutcome(UpstreamResult.Answered, 200, body, body.Length)).Payload.ToArray();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.Replace('␞', '\x1e'));

    private static string Show(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes).Replace('\x1e', '␞');
}
