namespace Serverless.Load;

/// <summary>How a gateway joins others.</summary>
/// <param name="Redis">The address.</param>
/// <param name="IsAtLeastOnce">What it guarantees.</param>
internal sealed record Joined(string Redis, bool IsAtLeastOnce);
