namespace Serverless.Protocol;

/// <summary>
/// Provides the limits of names and headers in a client's hub message. They keep an upstream request below the 8 KiB that hosts accept for
/// a request line and the 32 KiB for all headers.
/// </summary>
public static class HubMessageLimits
{
    /// <summary>The maximum length of an invocation's target, in characters. It becomes part of the upstream URL and of a header.</summary>
    public const int TargetLength = 1024;

    /// <summary>The maximum length of an invocation id or stream id, in characters.</summary>
    public const int InvocationIdLength = 256;

    /// <summary>The maximum number of headers of a message.</summary>
    public const int Headers = 100;

    /// <summary>The maximum length of a header's name, in UTF-8 bytes.</summary>
    public const int HeaderNameBytes = 256;

    /// <summary>The maximum length of a header's value, in UTF-8 bytes.</summary>
    public const int HeaderValueBytes = 8 * 1024;
}
