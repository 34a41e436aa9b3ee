namespace Serverless.Gateway.Backplane;

/// <summary>What became of a message to other nodes.</summary>
/// <param name="IsSent">It is on its way, or waits for one; false if too much waits already, and it was not sent.</param>
/// <param name="Others">Nodes that it went to; null where nobody can tell. A connection's home node counts though it may not have it any more.</param>
internal readonly record struct Told(bool IsSent, long? Others);
