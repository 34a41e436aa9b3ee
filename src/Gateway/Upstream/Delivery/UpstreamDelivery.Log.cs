using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Delivery;

internal sealed partial class UpstreamDelivery
{
    // Event names and URLs are not logged: clients choose the names, and URLs may contain secrets.
    private static partial class Log
    {
        [LoggerMessage(
            EventIds.Upstream + 21,
            LogLevel.Warning,
            "The upstream at {Host}:{Port} has failed too often; templates with retries do not call it for {Time}.",
            EventName = "UpstreamBreakerOpened")]
        public static partial void BreakerOpened(ILogger logger, string host, int port, TimeSpan time);

        [LoggerMessage(
            EventIds.Upstream + 22, LogLevel.Information, "The upstream at {Host}:{Port} is called again.", EventName = "UpstreamBreakerClosed")]
        public static partial void BreakerClosed(ILogger logger, string host, int port);

        [LoggerMessage(
            EventIds.Upstream + 23,
            LogLevel.Warning,
            "Event {EventId} of hub {Hub}, category {Category} (template {Template}) is stored as a dead letter after {Attempts} attempts: {Reason}.",
            EventName = "UpstreamDeadLetter")]
        public static partial void DeadLetter(
            ILogger logger, string eventId, string hub, string category, int template, int attempts, string reason);

        [LoggerMessage(
            EventIds.Upstream + 24,
            LogLevel.Warning,
            "Event {EventId} of hub {Hub}, category {Category} (template {Template}) is lost after {Attempts} attempts: {Reason}; "
            + "it could not be stored as a dead letter: {StoreReason}.",
            EventName = "UpstreamEventLost")]
        public static partial void Lost(
            ILogger logger, string eventId, string hub, string category, int template, int attempts, string reason, string storeReason);
    }
}
