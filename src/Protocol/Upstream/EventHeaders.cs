namespace Serverless.Protocol;

/// <summary>
/// Names of the headers with which this project's gateway, and not the service, marks events of templates that ask for retries or dead
/// letters, so that functions can tell a repeat.
/// </summary>
public static class EventHeaders
{
    /// <summary>The same for every attempt to deliver one event, and for no other event.</summary>
    public const string Id = "X-Gateway-Event-Id";

    /// <summary>Grows from event to event of a connection, from 1; absent where the gateway does not know it.</summary>
    public const string Sequence = "X-Gateway-Event-Sequence";

    /// <summary>Which attempt this is, from 1, those of replays included.</summary>
    public const string Attempt = "X-Gateway-Event-Attempt";

    /// <summary>When the gateway got the event: UTC, RFC 3339 with milliseconds.</summary>
    public const string Time = "X-Gateway-Event-Time";
}
