using System.Buffers;
using System.IO.Pipelines;
using Serverless.Protocol;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The output of a connection that lives for one upstream request. It keeps the stream items and the completion of the request's call, which
/// are its answer, notes the error of a close message, and drops the framework's other messages: handshake response and pings.
/// </summary>
/// <param name="protocol">The protocol of the messages.</param>
/// <param name="run">The run, which ends with the completion.</param>
/// <param name="items">Takes the answer of a streaming call, frame by frame; null for an answer in one piece.</param>
internal sealed class AnswerOutput(HubProtocol protocol, HubRun run, PipeWriter? items) : PipeWriter
{
    // An answer of up to this size needs one buffer.
    private const int InitialBytes = 256;

    private ArrayBufferWriter<byte>? _frame;

    private static ReadOnlySpan<byte> Prefix => "{\"type\":"u8;

    /// <summary>Gets the completion of a call without a stream; empty until it has been written.</summary>
    public ReadOnlyMemory<byte> Completion { get; private set; }

    private ArrayBufferWriter<byte> Frame => _frame ??= new ArrayBufferWriter<byte>(InitialBytes);

    public override void Advance(int bytes) => Frame.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => Frame.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => Frame.GetSpan(sizeHint);

    /// <summary>Called by the framework after each message.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var frame = Frame.WrittenSpan;
        if (run.IsAborted && !protocol.IsBinary)
        {
            // JSON that could not be written to its end stands before the close message.
            frame = frame[Math.Max(0, frame.LastIndexOf(Prefix))..];
        }

        var type = MessageType(frame);
        if (type == HubMessageType.Completion)
        {
            return CompleteAsync(cancellationToken);
        }

        if (type == HubMessageType.StreamItem && items is not null)
        {
            items.Write(Frame.WrittenSpan);
            Frame.ResetWrittenCount();
            return items.FlushAsync(cancellationToken);
        }

        if (type == HubMessageType.Close)
        {
            run.CloseError = protocol.Read(Bare(frame)).Error;
        }

        Frame.ResetWrittenCount();
        return default;
    }

    public override void CancelPendingFlush() => items?.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
    }

    private ValueTask<FlushResult> CompleteAsync(CancellationToken cancellationToken)
    {
        if (items is null)
        {
            Completion = Frame.WrittenMemory;
            _frame = null;
            run.Answer();
            return default;
        }

        items.Write(Frame.WrittenSpan);
        Frame.ResetWrittenCount();
        var flushed = items.FlushAsync(cancellationToken);
        run.Answer();
        return flushed;
    }

    private ReadOnlySpan<byte> Bare(ReadOnlySpan<byte> frame) => protocol.IsBinary ? frame[LengthBytes(frame)..] : frame[..^1];

    // The last byte of the length that precedes a message of MessagePack is the first below 0x80.
    private static int LengthBytes(ReadOnlySpan<byte> frame) => frame.IndexOfAnyInRange<byte>(0x00, 0x7F) + 1;

    // {"type":3,…}␞, as both JSON protocols of ASP.NET Core write it; length, array header, type in MessagePack.
    private HubMessageType MessageType(ReadOnlySpan<byte> frame)
    {
        if (protocol.IsBinary)
        {
            var start = LengthBytes(frame) + 1;
            return start > 1 && start < frame.Length ? (HubMessageType)frame[start] : HubMessageType.None;
        }

        return frame.StartsWith(Prefix) && frame.Length > Prefix.Length
            ? (HubMessageType)(frame[Prefix.Length] - '0')
            : HubMessageType.None;
    }
}
