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
    }
}
