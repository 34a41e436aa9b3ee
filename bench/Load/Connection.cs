namespace Serverless.Load;

/// <summary>The phase of a connection.</summary>
internal enum ConnectionPhase : byte
{
    None,
    Connecting,
    Upgrading,
    Handshaking,
    Open,
    Closing,
}

/// <summary>The state of a client: a value in an array, so that ten thousand clients are one object.</summary>
internal unsafe struct Connection
{
    internal int Socket;
    internal ConnectionPhase Phase;

    /// <summary>The bytes kept for the next read, or null.</summary>
    internal byte* Slot;

    internal FrameState Frames;

    /// <summary>The messages of the first and the second publisher, or the completions of invocations.</summary>
    internal SequenceWindow FirstLane;
    internal SequenceWindow SecondLane;

    /// <summary>The number of the next invocation.</summary>
    internal uint NextInvocation;
}
