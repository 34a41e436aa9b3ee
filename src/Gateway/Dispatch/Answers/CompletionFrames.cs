using System.Buffers;
using System.Text.Unicode;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Dispatch.Answers;

/// <summary>
/// Turns an upstream's answer to an invocation into the completion that the client gets: always exactly one, with the client's own
/// invocation id (docs/contract/upstream-requests.md#answers; texts as the emulator's, where it has one).
/// </summary>
internal static class CompletionFrames
{
    private const string Unusable = "Invocation failed, the upstream's response is no completion of this invocation.";

    /// <summary>Returns the completion for an outcome.</summary>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="invocationId">The invocation's id.</param>
    /// <param name="outcome">The outcome of the call.</param>
    /// <param name="about">The call's method and template, for a client that may have detailed errors; null for the service's text alone.</param>
    public static Frame From(HubProtocol protocol, string invocationId, in UpstreamOutcome outcome, string? about = null) => outcome.Result switch
    {
        UpstreamResult.Answered when outcome.Status is 204 || (outcome.Status == 200 && outcome.Body.IsEmpty) =>
            Frames.Completion(protocol, invocationId),
        UpstreamResult.Answered when outcome.Status == 200 =>
            FromBody(protocol, invocationId, outcome.Body) ?? Frames.Error(protocol, invocationId, Unusable),
        _ => Frames.Error(protocol, invocationId, about is null ? ErrorOf(outcome) : $"{ErrorOf(outcome)} ({about})"),
    };

    private static string ErrorOf(in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.Answered => $"Invocation failed, status code {outcome.Status}",
        UpstreamResult.NoTemplate => "Invocation failed, no upstream template matches it.",
        UpstreamResult.BadUrl => "Invocation failed, the upstream template makes no URL with its name.",
        UpstreamResult.NoSecret => "Invocation failed, a secret of the upstream template is not available.",
        UpstreamResult.NoIdentity => "Invocation failed, the gateway gets no identity token for its upstream.",
        UpstreamResult.NoConnection => $"Invocation failed, {outcome.Detail}.",
        UpstreamResult.TooLarge => "Invocation failed, response too large.",
        UpstreamResult.BodyTimedOut => "Invocation failed, response cancelled.",
        UpstreamResult.BodyFailed => $"Invocation failed, error: {outcome.Detail}.",
        _ => "Invocation failed, status code 500",
    };

    // Null if the body is not a completion of this invocation. Functions frame it; a body without the frame is accepted. A bare
    // MessagePack array may by chance look framed (95 03 … reads as the length 405), so a framed reading that fails decides nothing.
    private static Frame? FromBody(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> body)
    {
        if (!protocol.IsBinary)
        {
            if (!Utf8.IsValid(body))
            {
                return null;
            }

            body = TrimText(body);
        }

        if (TryCutWhole(protocol, body, out var message) && TryRead(protocol, invocationId, message, out var completion))
        {
            return completion.HasEmptyFields ? Encode(protocol, invocationId, completion) : Frame.Copy(protocol.IsBinary, body);
        }

        return TryRead(protocol, invocationId, body, out completion) ? Encode(protocol, invocationId, completion) : null;
    }

    // Frameworks write a byte order mark before a text, or a line break after it.
    private static ReadOnlySpan<byte> TrimText(ReadOnlySpan<byte> body) =>
        (body.StartsWith("\uFEFF"u8) ? body[3..] : body).Trim(" \t\r\n"u8);

    private static bool TryRead(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> message, out HubMessage completion)
    {
        completion = default;
        try
        {
            // No byte may follow the array: the JavaScript client would close its connection.
            if (protocol.IsBinary && new MessagePackReader(message).ReadRaw().Length != message.Length)
            {
                return false;
            }

            completion = protocol.Read(message);
            return completion.Type == HubMessageType.Completion && completion.InvocationId == invocationId;
        }
        catch (HubProtocolException)
        {
            return false;
        }
    }

    private static bool TryCutWhole(HubProtocol protocol, ReadOnlySpan<byte> body, out ReadOnlySpan<byte> message)
    {
        try
        {
            return protocol.TryCut(body, 0, int.MaxValue, out message, out var consumed) && consumed == body.Length;
        }
        catch (Exception exception) when (exception is HubProtocolException or HubMessageTooLargeException)
        {
            message = default;
            return false;
        }
    }

    /// <summary>Returns a frame with a completion's outcome and no other field.</summary>
    public static Frame Encode(HubProtocol protocol, string invocationId, HubMessage completion) => Frame.Create(
        protocol.IsBinary,
        new CompletionState(protocol, invocationId, completion),
        static (output, state) => state.Write(output));

    private readonly ref struct CompletionState(HubProtocol protocol, string invocationId, HubMessage completion)
    {
        private readonly HubMessage _completion = completion;

        public void Write(IBufferWriter<byte> output)
        {
            if (_completion.Error is { } error)
            {
                protocol.WriteError(output, invocationId, error);
            }
            else if (_completion.HasValue)
            {
                protocol.WriteResult(output, invocationId, _completion.Value);
            }
            else
            {
                protocol.WriteCompletion(output, invocationId);
            }
        }
    }
}
