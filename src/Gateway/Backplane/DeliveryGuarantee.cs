namespace Serverless.Gateway.Backplane;

/// <summary>The guarantee for messages between nodes when Redis, or the connection to it, fails.</summary>
internal enum DeliveryGuarantee
{
    /// <summary>Messages under way are lost; no message arrives twice.</summary>
    AtMostOnce,

    /// <summary>Messages are kept and arrive later, in order; a client gets each once.</summary>
    AtLeastOnce,
}
