namespace Serverless.Protocol;

/// <summary>
/// Provides the names of the headers that this project's gateway, and not the service, adds to events of templates with retries or dead
/// letters, so that functions can detect a repeat.
/// </summary>
public static class EventHeaders
{
    /// <summary>The id of the event: the same for every attempt to deliver it, and unique among events.</summary>
    public const string Id = "X-Gateway-Event-Id";

    /// <summary>The sequence number of the event, which increases within a connection from 1; absent where the gateway does not know it.</summary>
    public const string Sequence = "X-Gateway-Event-Sequence";

    /// <summary>The number of the delivery attempt, from 1, replays included.</summary>
    public const string Attempt = "X-Gateway-Event-Attempt";

    /// <summary>The time at which the gateway received the event: UTC, RFC 3339 with milliseconds.</summary>
    public const string Time = "X-Gateway-Event-Time";
}
