namespace Serverless.Hubs.Dispatch;

/// <summary>The exception that is thrown when a call's arguments do not match its method. The message is sent to the client.</summary>
internal sealed class ArgumentBindingException(string message, Exception? innerException = null) : Exception(message, innerException);
