namespace Serverless.Gateway.Addressing;

/// <summary>The node that this process is.</summary>
internal sealed record ThisNode(NodeId Id);
