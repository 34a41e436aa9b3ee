using Microsoft.Extensions.Logging;

namespace Serverless.Hubs;

public sealed partial class UpstreamDispatcher
{
    // Ids 11000 to 11099.
    private static partial class Log
    {
        // 11001 belongs to RefusalLog.

        [LoggerMessage(11002, LogLevel.Debug, "Hub {Hub} refused connection {ConnectionId}: {Reason}", EventName = "ConnectionRefused")]
        public static partial void ConnectionRefused(ILogger logger, string hub, string connectionId, string reason);

        [LoggerMessage(11003, LogLevel.Error, "Hub {Hub} failed when connection {ConnectionId} connected.", EventName = "ConnectedFailed")]
        public static partial void ConnectedFailed(ILogger logger, string hub, string connectionId, Exception exception);

        [LoggerMessage(11004, LogLevel.Error, "Hub {Hub} failed when connection {ConnectionId} disconnected.", EventName = "DisconnectedFailed")]
        public static partial void DisconnectedFailed(ILogger logger, string hub, string connectionId, Exception exception);

        [LoggerMessage(11005, LogLevel.Debug, "Hub {Hub} refused to run {Method} for connection {ConnectionId}: {Reason}", EventName = "CallRefused")]
        public static partial void CallRefused(ILogger logger, string hub, string method, string connectionId, string reason);

        [LoggerMessage(11006, LogLevel.Error, "Hub {Hub} failed in {Method} for connection {ConnectionId}.", EventName = "MethodFailed")]
        public static partial void MethodFailed(ILogger logger, string hub, string method, string connectionId, Exception exception);

        // 11007 belongs to ServerlessHubsSetup.

        [LoggerMessage(11008, LogLevel.Warning, "Hub {Hub} aborted connection {ConnectionId}, but the gateway did not close it.", EventName = "CloseFailed")]
        public static partial void CloseFailed(ILogger logger, string hub, string connectionId, Exception exception);

        [LoggerMessage(11009, LogLevel.Error, "Hub {Hub} gave no answer in {Method} for connection {ConnectionId}: an authorization policy of the method has thrown an exception.", EventName = "Unanswered")]
        public static partial void Unanswered(ILogger logger, string hub, string method, string connectionId);

        [LoggerMessage(11010, LogLevel.Error, "A service of hub {Hub} failed to be disposed after {Method} for connection {ConnectionId}.", EventName = "ScopeFailed")]
        public static partial void ScopeFailed(ILogger logger, string hub, string method, string connectionId, Exception exception);

        [LoggerMessage(11011, LogLevel.Error, "Hub {Hub} refused connection {ConnectionId}, because an authorization policy of the hub has thrown an exception.", EventName = "AuthorizationFailed")]
        public static partial void AuthorizationFailed(ILogger logger, string hub, string connectionId, Exception exception);
    }
}
