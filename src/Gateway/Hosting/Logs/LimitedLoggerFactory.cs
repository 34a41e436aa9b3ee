using System.Globalization;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>Applies <see cref="LogLimits"/> to every logger of the process; a line states how many like it were left out before it.</summary>
internal sealed class LimitedLoggerFactory(LoggerFactory inner, LogLimiter limiter) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new LimitedLogger(inner.CreateLogger(categoryName), categoryName, limiter);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    // The container creates the inner factory and disposes of it.
    public void Dispose()
    {
    }

    private sealed class LimitedLogger(ILogger inner, string category, LogLimiter limiter) : ILogger
    {
        // In other libraries the same ids mean other events.
        private readonly bool _isOwn = category.StartsWith("Serverless.", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (LimitOf(logLevel, eventId.Id) is not { } limit
                || !inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
                return;
            }

            var kind = new LogKind(category, eventId.Id, limit.Detail is null ? null : ValueOf(state, limit.Detail));
            if (!limiter.TryTake(kind, limit.Lines, out var left))
            {
                return;
            }

            inner.Log(logLevel, eventId, state, exception, left == 0
                ? formatter
                : (state, exception) => string.Create(
                    CultureInfo.InvariantCulture, $"{formatter(state, exception)} ({left} more like this one were left out before it.)"));
        }

        private LogLimit? LimitOf(LogLevel level, int eventId) => level >= LogLevel.Warning
            ? _isOwn ? LogLimits.Of(eventId) : LogLimit.Default
            : _isOwn && level == LogLevel.Information ? LogLimits.OfInformation(eventId) : null;

        private static string? ValueOf<TState>(TState state, string name)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                for (var i = 0; i < values.Count; i++)
                {
                    if (values[i].Key == name)
                    {
                        return Convert.ToString(values[i].Value, CultureInfo.InvariantCulture);
                    }
                }
            }

            return null;
        }
    }
}
