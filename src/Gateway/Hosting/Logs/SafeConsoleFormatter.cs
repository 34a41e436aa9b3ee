using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>
/// Passes text through <see cref="ConsoleText"/> before one of the framework's console formats writes it, whichever library logged it. The
/// framework's formats write user names and queries with tokens unchanged.
/// </summary>
internal sealed class SafeConsoleFormatter(ConsoleFormatter inner) : ConsoleFormatter(inner.Name), IDisposable
{
    // JSON escapes by itself, and writes each value by its name; the others write the message alone.
    private readonly bool _isJson = inner.Name == ConsoleFormatterNames.Json;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter?.Invoke(logEntry.State, logEntry.Exception) ?? "";
        if (_isJson)
        {
            var state = new MaskedState(ConsoleText.Masked(message), logEntry.State as IReadOnlyCollection<KeyValuePair<string, object?>>);
            var exception = logEntry.Exception is { } thrown ? new ShownException(ConsoleText.Masked(thrown.ToString())) : null;
            var entry = new LogEntry<MaskedState>(
                logEntry.LogLevel, logEntry.Category, logEntry.EventId, state, exception, static (state, _) => state.ToString());
            inner.Write(in entry, scopeProvider is null ? null : new ShownScopes(scopeProvider, MaskScope), textWriter);
        }
        else
        {
            var exception = logEntry.Exception is { } thrown ? new ShownException(ConsoleText.Lines(thrown.ToString())) : null;
            var entry = new LogEntry<string>(
                logEntry.LogLevel, logEntry.Category, logEntry.EventId, ConsoleText.Line(message), exception, static (state, _) => state);
            inner.Write(in entry, scopeProvider is null ? null : new ShownScopes(scopeProvider, EscapeScope), textWriter);
        }
    }

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private static string EscapeScope(object? scope) => ConsoleText.Line(TextOf(scope));

    private static object MaskScope(object? scope) => scope is IEnumerable<KeyValuePair<string, object?>> values
        ? new MaskedState(ConsoleText.Masked(TextOf(scope)), [.. values])
        : ConsoleText.Masked(TextOf(scope));

    private static string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>An exception with safe text; formats write only an exception's text.</summary>
    private sealed class ShownException(string text) : Exception
    {
        public override string ToString() => text;
    }

    /// <summary>A message and its values, without secrets.</summary>
    private sealed class MaskedState(string message, IReadOnlyCollection<KeyValuePair<string, object?>>? values) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly KeyValuePair<string, object?>[] _values =
            values is null ? [] : [.. values.Select(static pair => KeyValuePair.Create(pair.Key, Masked(pair.Value)))];

        public int Count => _values.Length;

        public KeyValuePair<string, object?> this[int index] => _values[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => message;

        // Numbers and similar values keep their type in JSON.
        private static object? Masked(object? value) => value is null or (ValueType and IConvertible) ? value : ConsoleText.Masked(TextOf(value));
    }

    /// <summary>Scopes with safe text.</summary>
    private sealed class ShownScopes(IExternalScopeProvider scopes, Func<object?, object> show) : IExternalScopeProvider
    {
        public void ForEachScope<TState>(Action<object?, TState> callback, TState state) =>
            scopes.ForEachScope((scope, inner) => callback(show(scope), inner), state);

        public IDisposable Push(object? state) => scopes.Push(state);
    }
}
