using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Serverless.Hubs.Tests.Support;

/// <summary>Records log entries.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text, Exception? Exception)> _entries = new();

    public IReadOnlyList<(LogLevel Level, EventId Id, string Text, Exception? Exception)> Entries => [.. _entries];

    /// <summary>Returns the errors since the last call.</summary>
    public IReadOnlyList<string> TakeErrors()
    {
        var errors = Entries.Where(entry => entry.Level >= LogLevel.Error).Select(entry => $"{entry.Text} {entry.Exception?.Message}".Trim()).ToList();
        _entries.Clear();
        return errors;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((logLevel, eventId, formatter(state, exception), exception));

    public void Dispose()
    {
    }
}
