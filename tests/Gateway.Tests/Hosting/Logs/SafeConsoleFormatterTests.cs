using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Serverless.Gateway.Hosting.Logs;

namespace Serverless.Gateway.Tests.Hosting.Logs;

/// <summary>The framework's console formats, as the gateway registers them.</summary>
public sealed class SafeConsoleFormatterTests : IDisposable
{
    private const string Hostile = "a\r\nfail: b\u001b[31m\0\u2028\u0085\u202e\rc";
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddLogging(static logging => logging.AddConsole())
        .Configure<SimpleConsoleFormatterOptions>(static options => options.IncludeScopes = true)
        .Configure<ConsoleFormatterOptions>(static options => options.IncludeScopes = true)
        .Configure<JsonConsoleFormatterOptions>(static options => options.IncludeScopes = true)
        .AddSingleton(TimeProvider.System)
        .AddSafeLogs()
        .BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(ConsoleFormatterNames.Simple, 6)]
    [InlineData(ConsoleFormatterNames.Systemd, 1)]
    [InlineData(ConsoleFormatterNames.Json, 1)]
    public void Names_begin_no_line_and_reach_no_terminal(string format, int lines)
    {
        var written = Write(format, Hostile);
        Assert.DoesNotContain(written, static c => c is '\r' or '\0' or '\u001b' or '\u2028' or '\u0085' or '\u202e');

        // Head, scopes, message, and the exception's line with the two further lines of its message: all except the first are indented.
        var split = written.TrimEnd('\n').Split('\n');
        Assert.True(split.Length <= lines, written);
        Assert.All(split[1..], static line => Assert.StartsWith("      ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Json_tells_a_name_as_it_is()
    {
        using var entry = JsonDocument.Parse(Write(ConsoleFormatterNames.Json, Hostile));
        Assert.Equal(Hostile, entry.RootElement.GetProperty("State").GetProperty("User").GetString());
        Assert.Equal(7, entry.RootElement.GetProperty("State").GetProperty("Count").GetInt32());
        Assert.Equal($"User {Hostile} has 7", entry.RootElement.GetProperty("Message").GetString());
        Assert.Equal("User {User} has {Count}", entry.RootElement.GetProperty("State").GetProperty("{OriginalFormat}").GetString());
        Assert.Equal(Hostile, entry.RootElement.GetProperty("Scopes")[0].GetProperty("Path").GetString());
    }

    [Theory]
    [InlineData(ConsoleFormatterNames.Simple)]
    [InlineData(ConsoleFormatterNames.Systemd)]
    [InlineData(ConsoleFormatterNames.Json)]
    public void Tokens_are_in_no_format(string format)
    {
        var written = Write(format, "/client/?hub=chat&access_token=" + Token);
        Assert.Contains("hub=chat", written.Replace("\\u0026", "&", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("c2lnbmF0dXJl", written, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", written, StringComparison.Ordinal);
    }

    // Writes an entry with the text in its message, its values, its scope and its exception.
    private string Write(string format, string text)
    {
        var formatter = _services.GetServices<ConsoleFormatter>().Single(one => one.Name == format);
        var scopes = new LoggerExternalScopeProvider();
        using var scope = scopes.Push(new Dictionary<string, object?> { ["Path"] = text });
        using var other = scopes.Push(text);
        using var output = new StringWriter();
        var sink = new Sink();
        sink.LogWarning(new EventId(1), new InvalidOperationException(text), "User {User} has {Count}", text, 7);
        sink.WriteTo!(formatter, scopes, output);
        return output.ToString();
    }

    private sealed class Sink : ILogger
    {
        public Action<ConsoleFormatter, IExternalScopeProvider, TextWriter>? WriteTo { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            WriteTo = (console, scopes, output) =>
                console.Write(new LogEntry<TState>(logLevel, "Category", eventId, state, exception, formatter), scopes, output);
    }
}
