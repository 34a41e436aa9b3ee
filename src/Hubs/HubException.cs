namespace Serverless.Hubs;

/// <summary>An error whose message is meant for the client that called. The text of any other exception stays on the server.</summary>
public class HubException : Exception
{
    /// <summary>An error without a text of its own.</summary>
    public HubException()
    {
    }

    /// <summary>An error with the text that the client sees.</summary>
    public HubException(string message)
        : base(message)
    {
    }

    /// <summary>An error with the text that the client sees, and its cause, which the client does not see.</summary>
    public HubException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
