using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Routing;

/// <summary>What is done with each chosen connection.</summary>
internal enum ConnectionCommandKind
{
    SendMessage,
    JoinGroup,
    LeaveGroup,
    CloseConnection,
}

/// <summary>One command and what it needs: a message, a group, or the reason that the client is told.</summary>
internal sealed record ConnectionCommand(ConnectionCommandKind Kind, OutboundMessage? Message = null, string? Group = null, string? Reason = null);
