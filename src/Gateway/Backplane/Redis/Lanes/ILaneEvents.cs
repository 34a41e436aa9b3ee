namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>Receives the events of lanes. Each method is called under the lock of <see cref="RedisLanes"/> and must not wait.</summary>
internal interface ILaneEvents
{
    /// <summary>A message that has waited is about to be sent; its signature may have to be renewed.</summary>
    void Sending(string channel, byte[] message);

    /// <summary>The slot of a lane has moved, or the lane listens again after a move.</summary>
    void SlotMoved();

    /// <summary>A lane listens again after its slot has moved, and has missed the messages of the time between.</summary>
    void MessagesMissed();
}
