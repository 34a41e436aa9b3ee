using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Routing.Operations;

/// <summary>The kind of an <see cref="ExecuteCommand"/>. Nodes of different versions may be joined: numbers never change.</summary>
internal enum ExecuteCommandKind
{
    SendMessage,
    JoinGroup,
    LeaveGroup,
    CloseConnection,
}

/// <summary>Represents one command of <c>:execute</c>, for each connection that its filter selects.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Message">The message to send.</param>
/// <param name="Group">The group to join or leave.</param>
/// <param name="Reason">The reason for closing that the client gets.</param>
internal sealed record ExecuteCommand(ExecuteCommandKind Kind, OutboundMessage? Message = null, string? Group = null, string? Reason = null);
