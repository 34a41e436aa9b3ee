namespace Serverless.Gateway.Backplane;

/// <summary>Thrown when the other nodes cannot be reached; the message is for the caller of the REST API.</summary>
internal sealed class BackplaneUnavailableException(string message) : Exception(message);
