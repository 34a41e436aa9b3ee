namespace Serverless.Protocol;

/// <summary>Which fields each message type must have, whatever protocol it came in. Texts as ASP.NET Core SignalR's.</summary>
internal static class HubMessageRules
{
    public static void Check(in HubMessage message)
    {
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

    private static void Require(bool present, string name)
    {
        if (!present)
        {
            throw new HubProtocolException($"Missing required property '{name}'.");
        }
    }
}
