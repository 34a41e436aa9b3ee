namespace Serverless.Protocol;

/// <summary>A message larger than the reader allows. The text is the one that ASP.NET Core SignalR uses.</summary>
public sealed class HubMessageTooLargeException : HubProtocolException
{
    /// <summary>Creates the exception for a limit in bytes.</summary>
    public HubMessageTooLargeException(long maxMessageBytes)
        : base($"The maximum message size of {maxMessageBytes}B was exceeded.")
    {
    }

    /// <summary>Creates the exception with a text.</summary>
    public HubMessageTooLargeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a text and its cause.</summary>
    public HubMessageTooLargeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without naming the limit.</summary>
    public HubMessageTooLargeException()
        : base("The maximum message size was exceeded.")
    {
    }
}
