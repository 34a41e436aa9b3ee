namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>How a poll ended.</summary>
internal enum PollEnd
{
    /// <summary>There are messages.</summary>
    Data,

    /// <summary>Nothing came in time.</summary>
    TimedOut,

    /// <summary>A newer poll has taken over.</summary>
    Superseded,

    /// <summary>The connection has ended and nothing is left.</summary>
    Ended,

    /// <summary>The client has given the request up.</summary>
    Aborted,
}

/// <summary>A poll's outcome, and the whole hub messages that it takes along.</summary>
internal readonly record struct PollResult(PollEnd End, ReadOnlyMemory<byte> Messages);
