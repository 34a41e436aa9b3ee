using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Tests.Clients.Sessions;

public class InboundBufferTests
{
    [Fact]
    public void A_buffer_keeps_what_is_left_through_growth_and_consumption()
    {
        var random = new Random(20261121);
        var buffer = default(InboundBuffer);
        var expected = new List<byte>();
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(0, 3000)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                buffer.Append(bytes);
            }
            else
            {
                bytes.CopyTo(buffer.Extend(bytes.Length));
            }

            expected.AddRange(bytes);
            if (random.Next(3) == 0)
            {
                var taken = random.Next(expected.Count + 1);
                buffer.Consume(taken);
                expected.RemoveRange(0, taken);
                Assert.Equal(0, buffer.Examined);
            }

            Assert.True(buffer.Bytes.SequenceEqual(expected.ToArray()));
            Assert.Equal(expected.Count, buffer.Length);
        }

        buffer.Release();
        Assert.Equal(0, buffer.Length);
    }
}
