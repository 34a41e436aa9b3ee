using System.Buffers;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Tests.Limits;

public class ScratchBufferTests
{
    [Fact]
    public void A_thread_reuses_its_buffer_emptied()
    {
        ArrayBufferWriter<byte> writer;
        using (var first = ScratchBuffer.Rent())
        {
            writer = first.Writer;
            writer.Write("left over"u8);
        }

        using var second = ScratchBuffer.Rent();
        Assert.Same(writer, second.Writer);
        Assert.Equal(0, second.Writer.WrittenCount);
    }

    [Fact]
    public void Nested_use_gets_a_buffer_of_its_own_and_both_are_kept()
    {
        var (outer, inner) = Nest();
        Assert.NotSame(outer, inner);

        var (again, within) = Nest();
        Assert.NotSame(again, within);
        Assert.Contains(again, new[] { outer, inner });
        Assert.Contains(within, new[] { outer, inner });

        static (object Outer, object Inner) Nest()
        {
            using var outer = ScratchBuffer.Rent();
            outer.Writer.Write("outer"u8);
            using var inner = ScratchBuffer.Rent();
            inner.Writer.Write("inner"u8);
            Assert.Equal("outer"u8, outer.Writer.WrittenSpan);
            return (outer.Writer, inner.Writer);
        }
    }

    [Fact]
    public void A_buffer_that_has_grown_past_the_bound_is_not_kept()
    {
        object grown;
        using (var scratch = ScratchBuffer.Rent())
        {
            grown = scratch.Writer;
            scratch.Writer.GetSpan(ScratchBuffer.MaxKeptBytes + 1);
        }

        using var next = ScratchBuffer.Rent();
        Assert.NotSame(grown, next.Writer);
    }
}
