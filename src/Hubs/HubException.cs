namespace Serverless.Hubs;

/// <summary>
/// The exception that a hub method throws to send an error message to the client. The message of any other exception is not sent to the
/// client.
/// </summary>
public class HubException : Exception
{
    /// <summary>Initializes a new instance with a default message.</summary>
    public HubException()
    {
    }

    /// <summary>Initializes a new instance with a message for the client.</summary>
    /// <param name="message">The message that the client receives.</param>
    public HubException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance with a message for the client and the exception that caused it.</summary>
    /// <param name="message">The message that the client receives.</param>
    /// <param name="innerException">The cause, which is not sent to the client.</param>
    public HubException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
