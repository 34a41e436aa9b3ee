namespace Serverless.Load;

/// <summary>The settings with which a gateway joins others.</summary>
/// <param name="Redis">The address of Redis.</param>
/// <param name="IsAtLeastOnce">True for at-least-once delivery between nodes.</param>
internal sealed record Joined(string Redis, bool IsAtLeastOnce);
