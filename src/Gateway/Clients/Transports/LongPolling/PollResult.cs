namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>The ways in which a poll ends.</summary>
internal enum PollEnd
{
    /// <summary>With messages.</summary>
    Data,

    /// <summary>Without a message within the time limit.</summary>
    TimedOut,

    /// <summary>Replaced by a newer poll.</summary>
    Superseded,

    /// <summary>The connection has ended, and all messages have been taken.</summary>
    Ended,

    /// <summary>The client has aborted the request.</summary>
    Aborted,
}

/// <summary>The outcome of a poll, with the whole hub messages for its answer.</summary>
internal readonly record struct PollResult(PollEnd End, ReadOnlyMemory<byte> Messages);
