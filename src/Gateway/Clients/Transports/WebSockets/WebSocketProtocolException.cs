namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>The exception for bytes that violate the WebSocket protocol. Its message is sent to the client.</summary>
internal sealed class WebSocketProtocolException(string message) : Exception(message);
