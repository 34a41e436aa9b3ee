namespace Serverless.Hubs.Dispatch;

/// <summary>The arguments of a call do not fit its method. The message is for the client that called.</summary>
internal sealed class ArgumentBindingException(string message, Exception? innerException = null) : Exception(message, innerException);
