namespace Serverless.Gateway.Backplane;

/// <summary>What holds for messages between nodes when Redis, or the way to it, fails.</summary>
internal enum DeliveryGuarantee
{
    /// <summary>What is on its way then is lost; none comes twice.</summary>
    AtMostOnce,

    /// <summary>It is kept and comes later, in order, and once at the client.</summary>
    AtLeastOnce,
}
