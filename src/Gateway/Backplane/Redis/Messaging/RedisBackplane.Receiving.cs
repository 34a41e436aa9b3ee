using System.Text;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Signing;

namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>Receives messages.</summary>
internal sealed partial class RedisBackplane
{
    /// <summary>Handles a message from Redis; called in order for each lane.</summary>
    public void Take(byte[] channel, byte[] bytes)
    {
        var message = BackplaneMessage.Decode(bytes, out var length);
        if (message?.Sender == node.Value)
        {
            return;
        }

        var check = message is null ? SignatureCheck.Forged : signer.Check(bytes, length, PlaceOf(channel, message));
        if (check != SignatureCheck.Good)
        {
            refused.Note(check);
            return;
        }

        Act(message!, bytes.Length);
    }

    /// <summary>Signs a message again that has waited for Redis. Does not wait.</summary>
    public void Renew(string channel, byte[] bytes)
    {
        if (BackplaneMessage.Decode(bytes, out _) is { } message)
        {
            signer.RenewIfOld(bytes, link.Names.PlaceOf(channel, message));
        }
    }

    private void Act(BackplaneMessage message, int length)
    {
        switch (message.Kind)
        {
            case BackplaneKind.Reply:
                if (_asks.TryGetValue(message.Request, out var ask))
                {
                    ask.Add(message.Sender, message.Payload);
                }

                break;
            case BackplaneKind.Denial:
                if (message.Payload.Span is [var reason, ..] && _searches.Deny(message.Request, reason, out var ended))
                {
                    Unreached?.Invoke(ended);
                }

                break;
            case BackplaneKind.Wake when message.Request == Claiming:
                _claims.NoteElsewhere(message.Target.Name, ConnectionToken.Lifetime);
                break;
            case BackplaneKind.Wake:
                streams.Wake(message.Hub);
                if (message.Request == Leaving)
                {
                    streams.ListenerLeft(message.Hub);
                }

                break;
            case BackplaneKind.Ask:
                // The answer follows all messages, of any node, that were sent before the question.
                if (!streams.TryDoBehind(message.Hub, delivery == DeliveryGuarantee.AtLeastOnce, () => inbox.Add(message, length)))
                {
                    inbox.Add(message, length);
                }

                break;
            default:
                TakeTold(message, length);
                break;
        }
    }

    // A message with only one channel is signed for that channel.
    private ReadOnlySpan<byte> PlaceOf(byte[] channel, BackplaneMessage message) => message.Target.Kind == TargetKind.Connection
        ? Encoding.UTF8.GetBytes(link.Names.PlaceOf(Encoding.UTF8.GetString(channel), message))
        : channel;

    // Not reading would also delay answers and beats, and in the end Redis would end the connection, with a loss that is not counted.
    private void TakeTold(BackplaneMessage message, int length)
    {
        if (!inbox.HasRoom)
        {
            if (_dropped++ == 0)
            {
                losses.FallingBehind(inbox.Bytes);
            }

            return;
        }

        if (_dropped > 0)
        {
            losses.CaughtUp(_dropped);
            _dropped = 0;
        }

        inbox.Add(message, length);
    }

    private async ValueTask ReceiveAsync(BackplaneMessage message)
    {
        try
        {
            await Receive!(message);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // One message that fails must not keep the others from being handled.
            Log.ReceiveFailed(logger, exception, message.Sender);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 4, LogLevel.Error, "Handling a message of node {Node} failed.", EventName = "BackplaneMessageFailed")]
        public static partial void ReceiveFailed(ILogger logger, Exception exception, string node);
    }
}
