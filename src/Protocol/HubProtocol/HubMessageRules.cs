namespace Serverless.Protocol;

/// <summary>Checks the required fields of each message type, for both protocols. The texts are those of ASP.NET Core SignalR.</summary>
internal static class HubMessageRules
{
    public static void Check(in HubMessage message)
    {
        if (message.InvocationId is { Length: > HubMessageLimits.InvocationIdLength } id)
        {
            throw new HubProtocolException($"The invocation ID has {id.Length} characters. The limit is {HubMessageLimits.InvocationIdLength}.");
        }

        switch (message.Type)
        {
            case HubMessageType.Invocation:
                Require(message.Target is not null, "target");
                Require(!message.Arguments.IsEmpty, "arguments");
                break;
            case HubMessageType.StreamInvocation:
                Require(message.InvocationId is not null, "invocationId");
                Require(message.Target is not null, "target");
                Require(!message.Arguments.IsEmpty, "arguments");
                break;
            case HubMessageType.StreamItem:
                Require(message.InvocationId is not null, "invocationId");
                Require(message.HasValue, "item");
                break;
            case HubMessageType.Completion:
                Require(message.InvocationId is not null, "invocationId");
                if (message.HasValue && message.Error is not null)
                {
                    throw new HubProtocolException("The 'error' and 'result' properties are mutually exclusive.");
                }

                break;
            case HubMessageType.CancelInvocation:
                Require(message.InvocationId is not null, "invocationId");
                break;
            default:
                break;
        }
    }

    /// <summary>Checks one of a message's headers.</summary>
    /// <param name="count">The number of headers up to and including this one.</param>
    /// <param name="nameBytes">The encoded length of its name, in bytes.</param>
    /// <param name="valueBytes">The encoded length of its value, in bytes.</param>
    public static void CheckHeader(int count, int nameBytes, int valueBytes)
    {
        if (count > HubMessageLimits.Headers)
        {
            throw new HubProtocolException($"The message has more than {HubMessageLimits.Headers} headers.");
        }

        if (nameBytes > HubMessageLimits.HeaderNameBytes)
        {
            throw new HubProtocolException($"A header's name has {nameBytes} bytes. The limit is {HubMessageLimits.HeaderNameBytes}.");
        }

        if (valueBytes > HubMessageLimits.HeaderValueBytes)
        {
            throw new HubProtocolException($"A header's value has {valueBytes} bytes. The limit is {HubMessageLimits.HeaderValueBytes}.");
        }
    }

    private static void Require(bool present, string name)
    {
        if (!present)
        {
            throw new HubProtocolException($"Missing required property '{name}'.");
        }
    }
}
