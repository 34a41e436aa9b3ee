namespace Serverless.Gateway.Backplane;

/// <summary>The result of sending a message to other nodes.</summary>
/// <param name="IsSent">True if it is sent or waits for Redis; false if too many bytes wait already.</param>
/// <param name="IsUnclear">True if the search for a receiver has no certain result and must be repeated.</param>
internal readonly record struct Told(bool IsSent, bool IsUnclear = false);
