namespace Serverless.Protocol;

/// <summary>Bytes that break the hub protocol. The message is safe to show to the peer that sent them.</summary>
public class HubProtocolException : Exception
{
    /// <summary>Creates the exception with a message for the peer.</summary>
    public HubProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message for the peer and its cause.</summary>
    public HubProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception with a general message.</summary>
    public HubProtocolException()
        : base("The hub protocol was violated.")
    {
    }
}
