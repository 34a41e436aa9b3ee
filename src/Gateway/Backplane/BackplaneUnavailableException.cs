namespace Serverless.Gateway.Backplane;

/// <summary>The other nodes cannot be asked now; the message is for the caller.</summary>
internal sealed class BackplaneUnavailableException(string message) : Exception(message);
