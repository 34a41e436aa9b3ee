using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Routing.Operations;

/// <summary>Sends a message to the target. Fields: message, number (tracing id), trace.</summary>
/// <param name="Message">The message.</param>
/// <param name="TracingId">The message's id in the live trace; 0 if the trace is off.</param>
/// <param name="Trace">W3C's <c>traceparent</c>; null if the message is in no trace, or in one that is neither sampled nor watched.</param>
internal sealed record SendOperation(OutboundMessage Message, long TracingId, string? Trace) : RemoteOperation(RemoteOperationKind.Send)
{
    public static SendOperation From(in OperationFields fields) => new(fields.Message!, fields.Number, fields.Trace);

    protected override OperationFields ToFields() => new(Message: Message, Number: TracingId, Trace: Trace);
}

/// <summary>Invokes a method of the client that is the target, and answers its result. Fields: message, trace.</summary>
/// <param name="Message">The invocation.</param>
/// <param name="Trace">As in <see cref="SendOperation"/>.</param>
internal sealed record InvokeOperation(OutboundMessage Message, string? Trace) : RemoteOperation(RemoteOperationKind.Invoke)
{
    public static InvokeOperation From(in OperationFields fields) => new(fields.Message!, fields.Trace);

    protected override OperationFields ToFields() => new(Message: Message, Trace: Trace);
}

/// <summary>Asks for a receiver of a message, without sending it. Fields: message.</summary>
/// <param name="Outline">The message without its body; null for one that every client can read.</param>
internal sealed record ReachOperation(OutboundMessage? Outline) : RemoteOperation(RemoteOperationKind.Reach)
{
    public static ReachOperation From(in OperationFields fields) => new(fields.Message);

    protected override OperationFields ToFields() => new(Message: Outline);
}
