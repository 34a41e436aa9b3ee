namespace Serverless.Gateway.Backplane;

/// <summary>What became of a message to other nodes.</summary>
/// <param name="IsSent">It is on its way, or waits for one; false if too much waits already, and it was not sent.</param>
/// <param name="IsUnclear">It was sought whether it has a receiver, and this must be sought again.</param>
internal readonly record struct Told(bool IsSent, bool IsUnclear = false);
