using System.Text;

namespace Serverless.Protocol.Tests;

/// <summary>
/// Messages of serializers that write every field of a class, and messages with a wrong type. A field that is null or empty, or belongs to
/// another message type, counts as absent.
/// </summary>
public class EmptyFieldTests
{
    // The JSON of a class with the fields of all message types, of which only those of one type are set.
    private const string Rest = """
        "target":null,"arguments":null,"streamIds":null,"headers":null,"sequenceId":null,"allowReconnect":null
        """;

    [Theory]
    [InlineData("""{"type":3,"invocationId":"1","result":7,"item":null,"error":null}""", "Completion id=1 value=7")]
    [InlineData("""{"item":null,"error":null,"result":7,"invocationId":"1","type":3}""", "Completion id=1 value=7")]
    [InlineData("""{"error":"","item":null,"result":7,"type":3,"invocationId":"1"}""", "Completion id=1 value=7")]
    [InlineData("""{"type":3,"invocationId":"1","result":null,"error":"no"}""", "Completion id=1 error=no")]
    [InlineData("""{"error":"no","result":null,"invocationId":"1","type":3}""", "Completion id=1 error=no")]
    [InlineData("""{"type":3,"invocationId":"1","result":null,"error":""}""", "Completion id=1 value=null")]
    [InlineData("""{"type":3,"invocationId":"1","result":null,"error":null}""", "Completion id=1 value=null")]
    [InlineData("""{"type":3,"invocationId":"1","item":5,"error":null}""", "Completion id=1")]
    [InlineData("""{"type":3,"invocationId":"1","error":""}""", "Completion id=1")]
    [InlineData("""{"type":2,"invocationId":"1","item":7,"result":null,"error":null}""", "StreamItem id=1 value=7")]
    [InlineData("""{"result":null,"item":7,"invocationId":"1","error":"","type":2}""", "StreamItem id=1 value=7")]
    [InlineData("""{"type":2,"invocationId":"1","item":null,"result":null}""", "StreamItem id=1 value=null")]
    [InlineData("""{"type":1,"invocationId":null,"target":"x","arguments":[],"item":null,"result":null,"error":null}""", "Invocation target=x arguments=[]")]
    [InlineData("""{"type":4,"invocationId":"1","target":"x","arguments":[],"streamIds":null,"headers":null,"error":""}""", "StreamInvocation id=1 target=x arguments=[]")]
    [InlineData("""{"type":5,"invocationId":"1","result":null,"item":null,"error":null}""", "CancelInvocation id=1")]
    [InlineData("""{"type":6,"invocationId":null,"error":null,"sequenceId":null}""", "Ping")]
    [InlineData("""{"type":7,"error":"","allowReconnect":true,"sequenceId":null}""", "Close reconnect=true")]
    [InlineData("""{"type":8,"sequenceId":5,"invocationId":null,"error":null}""", "Ack sequence=5")]
    public void Json(string json, string message)
    {
        Assert.Equal(message, MessageText.Read(HubProtocol.Json, Encoding.UTF8.GetBytes(json)));
        var whole = json.Contains("sequenceId") || json.Contains("target") || json.Contains("allowReconnect")
            ? json
            : $"{json[..^1]},{Rest}}}";
        Assert.Equal(message, MessageText.Read(HubProtocol.Json, Encoding.UTF8.GetBytes(whole)));
    }

    [Theory]
    [InlineData("9503 C0 A131 03 07", "Completion id=1 value=07", true)] // headers nil
    [InlineData("9603 C0 A131 03 07 C0", "Completion id=1 value=07", true)] // and one element too many
    [InlineData("9503 80 A131 03 C0", "Completion id=1 value=c0", false)]
    [InlineData("9503 80 A131 01 C0", "Completion id=1", true)] // error nil
    [InlineData("9503 80 A131 01 A0", "Completion id=1", true)] // error empty
    [InlineData("9503 80 A131 02 C0", "Completion id=1", false)]
    [InlineData("9402 C0 A131 07", "StreamItem id=1 value=07", true)]
    [InlineData("9601 C0 C0 A178 90 C0", "Invocation target=x arguments=90", true)] // stream ids nil
    [InlineData("9305 C0 A131", "CancelInvocation id=1", true)]
    [InlineData("9307 C0 C0", "Close", true)]
    [InlineData("9307 A0 C3", "Close reconnect=true", true)]
    public void MessagePack(string hex, string message, bool hasEmptyFields)
    {
        var bytes = MessageText.FromHex(hex);
        Assert.Equal(message, MessageText.Read(HubProtocol.MessagePack, bytes));
        Assert.Equal(hasEmptyFields, HubProtocol.MessagePack.Read(bytes).HasEmptyFields);
    }

    [Theory]
    [InlineData("""{"type":3,"invocationId":"1","result":7}""", false)]
    [InlineData("""{"type":3,"invocationId":"1","result":null}""", false)]
    [InlineData("""{"type":3,"invocationId":"1","error":"no"}""", false)]
    [InlineData("""{"type":2,"invocationId":"1","item":null}""", false)]
    [InlineData("""{"type":3,"invocationId":"1","result":7,"error":null}""", true)]
    [InlineData("""{"type":3,"invocationId":"1","result":7,"error":""}""", true)]
    [InlineData("""{"type":3,"invocationId":"1","result":null,"error":"no"}""", true)]
    [InlineData("""{"type":3,"invocationId":"1","result":7,"item":1}""", true)]
    [InlineData("""{"type":3,"invocationId":"1","result":7,"headers":null}""", true)]
    public void A_strict_reader_would_refuse_them(string json, bool expected) =>
        Assert.Equal(expected, HubProtocol.Json.Read(Encoding.UTF8.GetBytes(json)).HasEmptyFields);

    [Theory]
    [InlineData("""{"type":1.0,"target":"x","arguments":[]}""", "Either the JSON value is not in a supported format, or is out of bounds for an Int32.")]
    [InlineData("""{"type":1e0,"target":"x","arguments":[]}""", "Either the JSON value is not in a supported format, or is out of bounds for an Int32.")]
    [InlineData("""{"type":99999999999}""", "Either the JSON value is not in a supported format, or is out of bounds for an Int32.")]
    [InlineData("""{"type":"1","target":"x","arguments":[]}""", "Expected 'type' to be of type Number.")]
    [InlineData("""{"type":null}""", "Expected 'type' to be of type Number.")]
    [InlineData("""{"target":"x","arguments":[]}""", "Missing required property 'type'.")]
    [InlineData("""{"type":8}""", "Missing 'sequenceId' in Ack message.")]
    public void A_malformed_type_has_the_error_of_aspnet_core(string json, string error) => Assert.Equal(
        error,
        Assert.Throws<HubProtocolException>(() => { HubProtocol.Json.Read(Encoding.UTF8.GetBytes(json)); }).Message);

    [Theory]
    [InlineData("91 CA3F800000")] // 1.0
    [InlineData("91 CF0000000100000001")] // 2^32 + 1
    [InlineData("91 A131")]
    [InlineData("91 C0")]
    [InlineData("90")]
    public void A_malformed_type_is_an_error_in_messagepack_too(string hex) =>
        Assert.Throws<HubProtocolException>(() => { HubProtocol.MessagePack.Read(MessageText.FromHex(hex)); });
}
