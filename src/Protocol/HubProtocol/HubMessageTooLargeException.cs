namespace Serverless.Protocol;

/// <summary>The exception that is thrown when a message exceeds the maximum size. The text is that of ASP.NET Core SignalR.</summary>
public sealed class HubMessageTooLargeException : HubProtocolException
{
    /// <summary>Initializes a new instance for a limit.</summary>
    /// <param name="maxMessageBytes">The limit in bytes.</param>
    public HubMessageTooLargeException(long maxMessageBytes)
        : base($"The maximum message size of {maxMessageBytes}B was exceeded.")
    {
    }

    /// <summary>Initializes a new instance with a message.</summary>
    /// <param name="message">The message.</param>
    public HubMessageTooLargeException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance with a message and the exception that caused it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public HubMessageTooLargeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Initializes a new instance with a message that does not state the limit.</summary>
    public HubMessageTooLargeException()
        : base("The maximum message size was exceeded.")
    {
    }
}
