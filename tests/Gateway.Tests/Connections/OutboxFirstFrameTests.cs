using System.Text;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Tests that a client is addressable before it gets the handshake's answer, which confirms that it is connected.</summary>
public sealed class OutboxFirstFrameTests
{
    [Fact]
    public async Task Nothing_is_written_before_the_work_in_between_is_done()
    {
        using var workers = new DrainWorkers(1);
        var output = new RecordingOutput();
        var outbox = new Outbox(workers, output, maxBytes: 1024, _ => { });
        var writtenInBetween = -1;

        await outbox.SendFirstAsync(FrameOf("first"), async () =>
        {
            await Task.Yield();
            writtenInBetween = output.Length;
        });

        Assert.Equal(0, writtenInBetween);
        Assert.Equal("first", output.Text);
    }

    [Fact]
    public async Task What_others_send_in_between_comes_behind_the_first_frame()
    {
        using var workers = new DrainWorkers(1);
        var output = new RecordingOutput();
        var outbox = new Outbox(workers, output, maxBytes: 1024, _ => { });

        await outbox.SendFirstAsync(FrameOf("first"), () =>
        {
            outbox.Send(FrameOf(" sent"));
            outbox.Post(FrameOf(" posted"));
            workers.Wake();
            return default;
        });

        Assert.Equal("first sent posted", output.Text);
    }

    private static Frame FrameOf(string text) => Frame.Copy(binary: false, Encoding.UTF8.GetBytes(text));

    private sealed class RecordingOutput : IConnectionOutput
    {
        private readonly StringBuilder _written = new();

        public int Length => _written.Length;

        public string Text => _written.ToString();

        public ReadOnlySpan<byte> BytesOf(Frame frame) => frame.Payload.Span;

        public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
        {
            _written.Append(Encoding.UTF8.GetString(bytes));
            return default;
        }
    }
}
