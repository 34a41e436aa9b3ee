namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>What became of a message to a channel.</summary>
/// <param name="IsSent">It is on its way, or waits for one; false if too much waits already, and it was not sent.</param>
/// <param name="Others">Other nodes that it went to; null where nobody can tell.</param>
internal readonly record struct Published(bool IsSent, long? Others);
