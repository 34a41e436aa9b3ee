namespace Serverless.Gateway.Addressing;

/// <summary>Identifies the node of this process.</summary>
internal sealed record ThisNode(NodeId Id);
