namespace Serverless.FunctionsHost;

/// <summary>Thrown when a function has failed, or could not be run. The caller of an HTTP function gets 500.</summary>
internal sealed class InvocationException(string message, Exception? inner = null) : Exception(message, inner);
