namespace Serverless.Load;

/// <summary>How far a connection is.</summary>
internal enum ConnectionPhase : byte
{
    None,
    Connecting,
    Upgrading,
    Handshaking,
    Open,
    Closing,
}

/// <summary>One client: a value in an array, so that ten thousand of them are one object.</summary>
internal unsafe struct Connection
{
    internal int Socket;
    internal ConnectionPhase Phase;

    /// <summary>Bytes that wait for the next read, or null.</summary>
    internal byte* Slot;

    internal FrameState Frames;

    /// <summary>Messages of the first and the second publisher; of invocations, their completions.</summary>
    internal SequenceWindow FirstLane;
    internal SequenceWindow SecondLane;

    /// <summary>The number of the next invocation.</summary>
    internal uint NextInvocation;
}
