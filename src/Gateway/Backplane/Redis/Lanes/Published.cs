namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>The result of publishing a message to a channel.</summary>
/// <param name="IsSent">True if the message is sent or waits for Redis; false if it is lost.</param>
/// <param name="Others">The number of other nodes that got it; null if it is unknown.</param>
internal readonly record struct Published(bool IsSent, long? Others);
