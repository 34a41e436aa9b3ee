namespace Serverless.Gateway.Access;

/// <summary>The transports, with the values of a client token's claim <c>asrs.s.htt</c> (docs/contract/tokens.md#system-claims).</summary>
[Flags]
internal enum ClientTransports
{
    None = 0,
    WebSockets = 1,
    ServerSentEvents = 2,
    LongPolling = 4,
    All = WebSockets | ServerSentEvents | LongPolling,
}
