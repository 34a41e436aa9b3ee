using Microsoft.Extensions.Logging;

namespace Serverless.FunctionsHost.Worker;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "A function is about to fail.", EventName = "Failing")]
    public static partial void Failing(ILogger logger);
}
