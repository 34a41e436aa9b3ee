using System.Buffers;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Clients.Transports.WebSockets;

public class WebSocketFrameTests
{
    [Theory]
    [InlineData("818037fa213d", true, 1, 0)]
    [InlineData("01fd37fa213d", false, 1, 125)]
    [InlineData("82fe007e37fa213d", true, 2, 126)]
    [InlineData("82feffff37fa213d", true, 2, 65535)]
    [InlineData("80ff000000000001000037fa213d", true, 0, 65536)]
    [InlineData("82ff7fffffffffffffff37fa213d", true, 2, long.MaxValue)]
    [InlineData("898037fa213d", true, 9, 0)]
    [InlineData("88fd37fa213d", true, 8, 125)]
    public void A_header_is_read_whole_at_any_split(string hex, bool fin, int opcode, long length)
    {
        var bytes = Convert.FromHexString(hex);
        for (var end = 0; end < bytes.Length; end++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, end);
            Assert.False(WebSocketFrameHeader.TryRead(ref part, out _));
            Assert.Equal(end, part.Length);
        }

        for (var split = 0; split <= bytes.Length; split++)
        {
            var whole = Sequence(bytes[..split], [.. bytes[split..], 0xEE]);
            Assert.True(WebSocketFrameHeader.TryRead(ref whole, out var header));
            Assert.Equal((fin, opcode, length), (header.Fin, (int)header.Opcode, header.Length));
            Assert.Equal([0x37, 0xFA, 0x21, 0x3D], BitConverter.GetBytes(header.Mask));
            Assert.Equal(1, whole.Length);
        }
    }

    [Theory]
    [InlineData("8100")] // not masked
    [InlineData("c180")] // reserved bits
    [InlineData("a180")]
    [InlineData("9180")]
    [InlineData("8380")] // opcodes
    [InlineData("8780")]
    [InlineData("8b80")]
    [InlineData("8f80")]
    [InlineData("0880")] // fragmented control frames
    [InlineData("0980")]
    [InlineData("89fe")] // long ones
    [InlineData("88ff")]
    [InlineData("81ff8000000000000000" + "00000000")] // a negative length
    public void A_header_that_breaks_the_rules_is_refused_as_soon_as_it_shows(string hex)
    {
        var bytes = new ReadOnlySequence<byte>(Convert.FromHexString(hex));
        Assert.Throws<WebSocketProtocolException>(() =>
        {
            var rest = bytes;
            WebSocketFrameHeader.TryRead(ref rest, out _);
        });
    }

    [Fact]
    public void A_mask_is_removed_at_every_length_and_place()
    {
        byte[] mask = [0x37, 0xFA, 0x21, 0x3D];
        var plain = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        var masked = plain.Select((one, i) => (byte)(one ^ mask[i & 3])).ToArray();
        var value = BitConverter.ToUInt32(mask);
        foreach (var length in Enumerable.Range(0, 40).Concat([63, 64, 65, 127, 128, 129, 255, 256, 257]))
        {
            for (var start = 0; start < 9; start++)
            {
                var result = new byte[length];
                WebSocketMask.Remove(masked.AsSpan(start, length), result, value, start & 3);
                Assert.Equal(plain[start..(start + length)], result);
                var inPlace = masked[start..(start + length)];
                WebSocketMask.Remove(inPlace, inPlace, value, start & 3);
                Assert.Equal(plain[start..(start + length)], inPlace);
            }
        }
    }

    [Theory]
    [InlineData(HubPeer.HandshakeKey, true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA=", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA", false)]
    [InlineData("AAAAAAAAAAAAAAAAAAAA====", false)]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!==", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_handshake_key_is_16_bytes_in_base64(string? key, bool valid) => Assert.Equal(valid, WebSocketUpgrade.IsValidKey(key));

    [Fact]
    public void The_end_of_a_websocket_is_a_normal_closure() =>
        Assert.Equal("880203e8", Convert.ToHexStringLower(WebSocketFrames.BytesOf(Frame.End).Span));

    private static ReadOnlySequence<byte> Sequence(byte[] first, byte[] second)
    {
        var start = new Segment(first, 0);
        var end = new Segment(second, first.Length);
        start.Link(end);
        return new ReadOnlySequence<byte>(start, 0, end, second.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public void Link(Segment next) => Next = next;
    }
}
