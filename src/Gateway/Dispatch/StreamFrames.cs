using System.Text.Json;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Upstream;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch;

/// <summary>
/// Turns an upstream's answer to a stream invocation into the items that the client gets. The body holds framed hub messages of the
/// client's protocol (stream items, at most one completion behind them), or a JSON value on each line.
/// </summary>
internal static class StreamFrames
{
    private const string Unusable = "Invocation failed, the upstream's response is no stream of this invocation.";

    /// <summary>What is sent, in order; nothing if the stream stays open for items of the REST API.</summary>
    public static IReadOnlyList<Frame> From(HubProtocol protocol, string invocationId, in UpstreamOutcome outcome)
    {
        if (outcome.Result != UpstreamResult.Answered || outcome.Status is not (200 or 204))
        {
            return [CompletionFrames.From(protocol, invocationId, in outcome)];
        }

        if (outcome.Status == 204 || outcome.Body.IsEmpty)
        {
            return [];
        }

        return FromMessages(protocol, invocationId, outcome.Body)
            ?? FromLines(protocol, invocationId, outcome.Body)
            ?? [Frames.Error(protocol, invocationId, Unusable)];
    }

    private static List<Frame>? FromMessages(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> body)
    {
        var frames = new List<Frame>();
        try
        {
            var completed = false;
            while (!body.IsEmpty)
            {
                if (completed || !protocol.TryCut(body, 0, int.MaxValue, out var bytes, out var consumed))
                {
                    return null;
                }

                var message = protocol.Read(bytes);
                completed = message.Type == HubMessageType.Completion;
                if ((!completed && message.Type != HubMessageType.StreamItem) || message.InvocationId != invocationId)
                {
                    return null;
                }

                frames.Add(Frame.Copy(protocol.IsBinary, body[..consumed]));
                body = body[consumed..];
            }

            if (!completed)
            {
                frames.Add(Frames.Completion(protocol, invocationId));
            }

            return frames;
        }
        catch (Exception exception) when (exception is HubProtocolException or HubMessageTooLargeException)
        {
            return null;
        }
    }

    private static List<Frame>? FromLines(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> body)
    {
        var frames = new List<Frame>();
        try
        {
            foreach (var range in body.Split((byte)'\n'))
            {
                var line = body[range].Trim("\r\t "u8).ToArray();
                if (line.Length == 0)
                {
                    continue;
                }

                using var json = JsonDocument.Parse(line);
                frames.Add(OutboundMessage.StreamItem(invocationId, line).FrameFor(protocol)!);
            }
        }
        catch (Exception exception) when (exception is JsonException or HubProtocolException)
        {
            return null;
        }

        frames.Add(Frames.Completion(protocol, invocationId));
        return frames;
    }
}
