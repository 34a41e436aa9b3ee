namespace Serverless.Protocol;

/// <summary>The exception that is thrown when received bytes violate the hub protocol. The message is safe to send to the peer.</summary>
public class HubProtocolException : Exception
{
    /// <summary>Initializes a new instance with a message.</summary>
    /// <param name="message">The message for the peer.</param>
    public HubProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance with a message and the exception that caused it.</summary>
    /// <param name="message">The message for the peer.</param>
    /// <param name="innerException">The cause.</param>
    public HubProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Initializes a new instance with a general message.</summary>
    public HubProtocolException()
        : base("The hub protocol was violated.")
    {
    }
}
