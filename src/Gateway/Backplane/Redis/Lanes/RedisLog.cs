namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>Writes the log event that both lanes and commands about keys have.</summary>
internal static partial class RedisLog
{
    [LoggerMessage(Observability.EventIds.Backplane + 3, LogLevel.Warning, "Redis refused a command: {Reason}", EventName = "RedisRefused")]
    public static partial void Refused(ILogger logger, string reason);
}
