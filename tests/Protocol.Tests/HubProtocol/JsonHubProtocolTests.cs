using System.Buffers;
using System.Text;

namespace Serverless.Protocol.Tests;

public class JsonHubProtocolTests
{
    private static readonly HubProtocol Json = HubProtocol.Json;

    private static readonly Dictionary<string, (Action<IBufferWriter<byte>> Write, string Bytes, string Message)> Forms = new()
    {
        ["invocation with id"] = (
            output => Json.WriteInvocation(output, "1", "add", "[1,2]"u8),
            """{"type":1,"invocationId":"1","target":"add","arguments":[1,2]}␞""",
            "Invocation id=1 target=add arguments=[1,2]"),
        ["invocation without id"] = (
            output => Json.WriteInvocation(output, null, "hi", """["a",{"b":[null]}]"""u8),
            """{"type":1,"target":"hi","arguments":["a",{"b":[null]}]}␞""",
            """Invocation target=hi arguments=["a",{"b":[null]}]"""),
        ["invocation whose target needs escapes"] = (
            output => Json.WriteInvocation(output, "\"", "a\"\\\u0001ü😀", "[]"u8),
            """{"type":1,"invocationId":"\"","target":"a\"\\\u0001ü\uD83D\uDE00","arguments":[]}␞""",
            "Invocation id=\" target=a\"\\\u0001ü😀 arguments=[]"),
        ["stream item"] = (
            output => Json.WriteStreamItem(output, "1", "42"u8),
            """{"type":2,"invocationId":"1","item":42}␞""",
            "StreamItem id=1 value=42"),
        ["completion with result"] = (
            output => Json.WriteResult(output, "1", "3"u8),
            """{"type":3,"invocationId":"1","result":3}␞""",
            "Completion id=1 value=3"),
        ["completion with null result"] = (
            output => Json.WriteResult(output, "1", "null"u8),
            """{"type":3,"invocationId":"1","result":null}␞""",
            "Completion id=1 value=null"),
        ["completion with nothing"] = (
            output => Json.WriteCompletion(output, "1"),
            """{"type":3,"invocationId":"1"}␞""",
            "Completion id=1"),
        ["completion with error"] = (
            output => Json.WriteError(output, "1", "no\r\n\"x\""),
            """{"type":3,"invocationId":"1","error":"no\r\n\"x\""}␞""",
            "Completion id=1 error=no\r\n\"x\""),
        ["ping"] = (Json.WritePing, """{"type":6}␞""", "Ping"),
        ["close"] = (output => Json.WriteClose(output, null, allowReconnect: false), """{"type":7}␞""", "Close"),
        ["close with error"] = (
            output => Json.WriteClose(output, "why", allowReconnect: true),
            """{"type":7,"error":"why","allowReconnect":true}␞""",
            "Close error=why reconnect=true"),
        ["ack"] = (output => Json.WriteAck(output, 5), """{"type":8,"sequenceId":5}␞""", "Ack sequence=5"),
        ["sequence"] = (
            output => Json.WriteSequence(output, long.MaxValue),
            """{"type":9,"sequenceId":9223372036854775807}␞""",
            "Sequence sequence=9223372036854775807"),
    };

    public static TheoryData<string> FormNames => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(FormNames))]
    public void What_is_written_is_the_documented_form_and_reads_back(string name)
    {
        var (write, bytes, message) = Forms[name];
        var written = MessageText.Written(write);

        Assert.Equal(bytes, MessageText.Show(Json, written));
        Assert.True(Json.TryCut(written, 0, int.MaxValue, out var bare, out var consumed));
        Assert.Equal(written.Length, consumed);
        Assert.Equal(message, MessageText.Read(Json, bare));
    }

    // Old, foreign and unusual forms that must be read.
    [Theory]
    [InlineData("""{"arguments":[1],"target":"x","type":1}""", "Invocation target=x arguments=[1]")]
    [InlineData(""" { "type" : 1 , "target" : "x" , "arguments" : [ 1 , 2 ] } """, "Invocation target=x arguments=[ 1 , 2 ]")]
    [InlineData("""{"type":1,"invocationId":null,"target":"x","arguments":[]}""", "Invocation target=x arguments=[]")]
    [InlineData("""{"type":1,"invocationId":"","target":"x","arguments":[]}""", "Invocation target=x arguments=[]")]
    [InlineData("""{"type":1,"target":"\u0061\u00fc","arguments":["\u0061"]}""", """Invocation target=aü arguments=["\u0061"]""")]
    [InlineData("""{"type":1,"target":"","arguments":[]}""", "Invocation target= arguments=[]")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"unknown":{"type":7,"target":[{}]}}""", "Invocation target=x arguments=[]")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"headers":{"a":"b"}}""", """Invocation target=x headers={"a":"b"} arguments=[]""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"headers":null,"streamIds":null}""", "Invocation target=x arguments=[]")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"streamIds":["1"]}""", """Invocation target=x arguments=[] streamIds=["1"]""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"streamIds":[]}""", "Invocation target=x arguments=[] noStreamIds=[]")]
    [InlineData("""{"type":4,"invocationId":"1","target":"x","arguments":[]}""", "StreamInvocation id=1 target=x arguments=[]")]
    [InlineData("""{"type":5,"invocationId":"1"}""", "CancelInvocation id=1")]
    [InlineData("""{"type":3,"invocationId":"1","error":null,"result":1}""", "Completion id=1 value=1")]
    [InlineData("""{"type":7,"allowReconnect":false}""", "Close")]
    [InlineData("""{"type":7,"error":null}""", "Close")]
    [InlineData("""{"type":7,"allowReconnect":{"type":6,"error":"x"}}""", "Close")]
    [InlineData("""{"type":6,"Type":1}""", "Ping")]
    [InlineData("""{"type":10}""", "None")]
    [InlineData("""{"type":0}""", "None")]
    [InlineData("""{"type":-1}""", "None")]
    [InlineData("""{"type":2147483647}""", "None")]
    [InlineData("""{"type":-2147483648}""", "None")]
    public void Messages_of_peers_are_read(string json, string message) =>
        Assert.Equal(message, MessageText.Read(Json, Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"type":"1"}""")]
    [InlineData("""{"type":null}""")]
    [InlineData("""{"type":[6]}""")]
    [InlineData("""{"type":{"type":6}}""")]
    [InlineData("""{"type":{"type":1,"target":"x","arguments":[]}}""")]
    [InlineData("""{"Type":1,"target":"x","arguments":[]}""")]
    [InlineData("""{"type":6}{"type":6}""")]
    [InlineData("""{"type":6},""")]
    [InlineData("""{"type":6}}""")]
    [InlineData("""{"type":6,}""")]
    [InlineData("""{"type":6 /* no */}""")]
    [InlineData("""{"type":7,"allowReconnect":{"type":6}""")]
    [InlineData("""{"type":1,"arguments":[]}""")]
    [InlineData("""{"type":1,"target":null,"arguments":[]}""")]
    [InlineData("""{"type":1,"target":1,"arguments":[]}""")]
    [InlineData("""{"type":1,"target":"x"}""")]
    [InlineData("""{"type":1,"target":"x","arguments":null}""")]
    [InlineData("""{"type":1,"target":"x","arguments":{}}""")]
    [InlineData("""{"type":1,"target":"x","arguments":"[]"}""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"headers":[]}""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"streamIds":{}}""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"invocationId":1}""")]
    [InlineData("""{"type":1,"target":"\ud800","arguments":[]}""")]
    [InlineData("""{"type":2,"invocationId":"1"}""")]
    [InlineData("""{"type":2,"item":1}""")]
    [InlineData("""{"type":3}""")]
    [InlineData("""{"type":3,"invocationId":""}""")]
    [InlineData("""{"type":3,"invocationId":"1","result":1,"error":"x"}""")]
    [InlineData("""{"type":3,"invocationId":"1","result":false,"error":"x"}""")]
    [InlineData("""{"type":8}""")]
    [InlineData("""{"type":9,"sequenceId":null}""")]
    [InlineData("""{"type":4,"target":"x","arguments":[]}""")]
    [InlineData("""{"type":5}""")]
    [InlineData("""{"type":8,"sequenceId":"1"}""")]
    [InlineData("""{"type":9,"sequenceId":1.5}""")]
    public void Anything_else_is_a_protocol_error(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        Assert.Throws<HubProtocolException>(() => { Json.Read(bytes); });
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Arguments_may_nest_as_deep_as_the_json_reader_allows(int arrays, bool allowed)
    {
        // The message's object itself is one level.
        var json = Encoding.UTF8.GetBytes(
            $$"""{"type":1,"target":"x","arguments":{{new string('[', arrays)}}{{new string(']', arrays)}}}""");
        var exception = Record.Exception(() => { Json.Read(json); });
        Assert.Equal(allowed, exception is null);
        Assert.True(exception is null or HubProtocolException);
    }

    // docs/contract/upstream-requests.md#messages-request
    [Theory]
    [InlineData("""{"type":1,"invocationId":"1","target":"add","arguments":[1,2]}""", """{"type":1,"invocationId":"1","target":"add","arguments":[1,2]}""")]
    [InlineData("""{"arguments":[ 1 ],"x":2,"target":"\u0061","type":1}""", """{"type":1,"target":"a","arguments":[ 1 ]}""")]
    [InlineData("""{"type":1,"target":"x","arguments":[],"headers":{"a":"b"},"streamIds":["7"]}""", """{"type":1,"headers":{"a":"b"},"target":"x","arguments":[],"streamIds":["7"]}""")]
    [InlineData("""{"type":4,"invocationId":"s","target":"x","arguments":["\u0061"]}""", """{"type":4,"invocationId":"s","target":"x","arguments":["\u0061"]}""")]
    public void The_upstream_body_is_the_bare_message_with_the_clients_own_arguments(string message, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        var written = MessageText.Written(output => Json.WriteUpstreamBody(output, Json.Read(bytes)));

        Assert.Equal(body, Encoding.UTF8.GetString(written));
        Assert.Equal(MessageText.Read(Json, bytes), MessageText.Read(Json, written));
    }
}
