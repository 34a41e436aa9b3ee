using System.Collections.Concurrent;

namespace Serverless.FunctionsHost.Processes;

/// <summary>The last lines of the host and of the app's process, and an optional place to which each line goes at once.</summary>
internal sealed class HostLog(Action<string>? output)
{
    private const int LineLimit = 10_000;

    private readonly ConcurrentQueue<string> _lines = new();

    public void Write(string line)
    {
        _lines.Enqueue(line);
        while (_lines.Count > LineLimit)
        {
            _lines.TryDequeue(out _);
        }

        output?.Invoke(line);
    }

    /// <summary>Writes a line in the form of the console logger, such as <c>fail: Category: message</c>.</summary>
    public void Write(LogLevel level, string category, string message) => Write($"{Name(level)}: {category}: {message}");

    public override string ToString() => string.Join('\n', _lines);

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
