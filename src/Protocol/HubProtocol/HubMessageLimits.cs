namespace Serverless.Protocol;

/// <summary>
/// The longest names that a client's hub message may carry. They leave an upstream request room below the 8 KiB that hosts accept for a
/// request line and the 32 KiB for all headers.
/// </summary>
public static class HubMessageLimits
{
    /// <summary>Characters of an invocation's target. It goes into the upstream's URL and into a header.</summary>
    public const int TargetLength = 1024;

    /// <summary>Characters of an invocation id or stream id.</summary>
    public const int InvocationIdLength = 256;

    /// <summary>Headers of one message.</summary>
    public const int Headers = 100;

    /// <summary>UTF-8 bytes of a header's name.</summary>
    public const int HeaderNameBytes = 256;

    /// <summary>UTF-8 bytes of a header's value.</summary>
    public const int HeaderValueBytes = 8 * 1024;
}
