using System.Buffers;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Tests.Routing;

/// <summary>Tests that the bytes of operations do not change, because nodes of different versions read them.</summary>
public sealed class RemoteOperationTests
{
    private static readonly OutboundMessage Message = OutboundMessage.Invocation("m", "[1]"u8.ToArray());

    // Kind, text, no message, no commands, number, bytes: as every version has written them that knows the operation.
    public static TheoryData<string, string> Operations => new()
    {
        { "9602c0c29000c400", nameof(ExistsOperation) },
        { "9603a172c29000c400", nameof(CloseOperation) },
        { "9603c0c29000c400", "CloseOperation without a reason" },
        { "9604a167c29005c400", nameof(AddToGroupOperation) },
        { "9605a167c29005c400", nameof(RemoveFromGroupOperation) },
        { "9606c0c29000c400", nameof(RemoveFromAllGroupsOperation) },
        { "9607a167c290cd03e8c400", nameof(UserJoinedOperation) },
        { "9607a167c29000c400", "UserJoinedOperation that is not stored" },
        { "9608a167c29000c400", nameof(UserLeftOperation) },
        { "9609a0c29000c400", nameof(UserLeftAllOperation) },
        { "960aa167c29000c400", nameof(IsUserInGroupOperation) },
        { "960bc0c29000c400", nameof(ListMembersOperation) },
        { "960ca166c29294" + "01c2a167c0" + "94" + "03c2c0a172" + "00c400", nameof(ExecuteCommandsOperation) },
        { "960ec0c29000c400", "ReachOperation without an outline" },
        { "9614c0c29000c4020102", nameof(ClientPostOperation) },
        { "9615a170c29000c400", nameof(ClientPollOperation) },
        { "9616a170c29000c400", nameof(ClientPollGivenUpOperation) },
        { "9617c0c29000c400", nameof(ClientLostOperation) },
        { "9618c0c29000c400", nameof(ClientGoodbyeOperation) },
        { "9619a173c29000c400", nameof(SocketOpenOperation) },
        { "961aa173c29000c4020102", nameof(SocketBytesOperation) },
        { "961ba173c29000c400", nameof(SocketReadOperation) },
        { "961ca173c29000c400", nameof(SocketLeftOperation) },
        { "961ec0c29000c400", nameof(GatewayReadingOperation) },
        { "961fa171c29000c400", nameof(GatewayListingOperation) },
        { "9620c0c29000c400", nameof(GatewayHistoryOperation) },
        { "9621a171c29000c400", nameof(GatewayUsageOperation) },
        { "9628a177c29000c4020102", nameof(GatewayWatchOperation) },
        { "9629a177c29000c4020102", nameof(GatewayEventsOperation) },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_the_bytes_of_every_version(string bytes, string name)
    {
        var operation = RemoteOperation.Decode(Convert.FromHexString(bytes));
        Assert.Equal(name.Split(' ')[0], operation.GetType().Name);
        Assert.Equal(bytes, Convert.ToHexStringLower(operation.Encode()));
    }

    [Fact]
    public void The_fields_are_read_by_name()
    {
        Assert.Equal("r", Read<CloseOperation>("9603a172c29000c400").Reason);
        Assert.Equal(new AddToGroupOperation("g", 5), Read<AddToGroupOperation>("9604a167c29005c400"));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), Read<UserJoinedOperation>("9607a167c290cd03e8c400").Expires);
        Assert.Null(Read<UserJoinedOperation>("9607a167c29000c400").Expires);
        var execute = Read<ExecuteCommandsOperation>("960ca166c2929401c2a167c09403c2c0a17200c400");
        Assert.Equal("f", execute.Filter);
        Assert.Equal([new(ExecuteCommandKind.JoinGroup, Group: "g"), new(ExecuteCommandKind.CloseConnection, Reason: "r")], execute.Commands);
        Assert.Equal(new byte[] { 1, 2 }, Read<SocketBytesOperation>("961aa173c29000c4020102").Carried.ToArray());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void A_trace_is_written_behind_the_bytes_and_only_if_there_is_one(string? trace)
    {
        byte[] end = trace is null ? [0x90, 0x05, 0xc4, 0x00] : [0x90, 0x05, 0xc4, 0x00, 0xd9, 55, .. System.Text.Encoding.ASCII.GetBytes(trace)];
        byte[] bytes = [(byte)(trace is null ? 0x96 : 0x97), 0x01, 0xc0, 0xc3, .. Written(Message), .. end];
        Assert.Equal(bytes, new SendOperation(Message, 5, trace).Encode());
        var read = Assert.IsType<SendOperation>(RemoteOperation.Decode(bytes));
        Assert.Equal((5, trace), (read.TracingId, read.Trace));
        Assert.Equal(Written(Message), Written(read.Message));
    }

    [Fact]
    public void A_node_of_before_bytes_were_sent_is_understood() =>
        Assert.Equal("g", Read<UserLeftOperation>("9508a167c29000").Group);

    [Fact]
    public void An_operation_of_a_newer_version_is_unknown() =>
        Assert.Equal((RemoteOperationKind)99, RemoteOperation.Decode(Convert.FromHexString("9663c0c29000c400")).Kind);

    [Fact]
    public void Every_kind_has_a_type() => Assert.DoesNotContain(
        Enum.GetValues<RemoteOperationKind>(),
        kind => RemoteOperation.Decode(new OperationFields(Text: "t", Message: Message).Encode(kind)) is UnknownOperation);

    private static T Read<T>(string bytes)
        where T : RemoteOperation => Assert.IsType<T>(RemoteOperation.Decode(Convert.FromHexString(bytes)));

    private static byte[] Written(OutboundMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        message.Write(output);
        return output.WrittenSpan.ToArray();
    }
}
