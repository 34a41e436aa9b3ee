using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>Keeps what is logged, in the words of the console's simple format.</summary>
internal sealed class LineLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LineLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var level = logLevel switch
            {
                LogLevel.Trace => "trce",
                LogLevel.Debug => "dbug",
                LogLevel.Information => "info",
                LogLevel.Warning => "warn",
                LogLevel.Error => "fail",
                _ => "crit",
            };
            log._lines.Enqueue($"{level}: {category}[{eventId.Id}]");
            log._lines.Enqueue($"      {formatter(state, exception)}");
            if (exception is not null)
            {
                log._lines.Enqueue($"      {exception}");
            }
        }
    }
}
