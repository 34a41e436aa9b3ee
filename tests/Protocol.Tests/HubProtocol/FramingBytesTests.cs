using System.Buffers;

namespace Serverless.Protocol.Tests;

public class FramingBytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public void Framing_takes_what_cutting_takes_off(int padding)
    {
        foreach (var protocol in HubProtocol.All)
        {
            var output = new ArrayBufferWriter<byte>();
            protocol.WriteError(output, "1", new string('x', padding));
            Assert.True(protocol.TryCut(output.WrittenSpan, 0, int.MaxValue, out var message, out var consumed));
            Assert.Equal(consumed - message.Length, protocol.FramingBytes(message.Length));
        }
    }
}
