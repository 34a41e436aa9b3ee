using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Hosting.Logs;
using Serverless.Gateway.Observability;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Hosting.Logs;

public sealed class LogLimitTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly Lines _lines = new();
    private readonly ServiceProvider _services;

    public LogLimitTests() => _services = new ServiceCollection()
        .AddLogging(logging => logging.AddProvider(_lines))
        .AddSingleton<TimeProvider>(_time)
        .AddSafeLogs()
        .BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Each_event_of_warning_or_above_is_limited_or_is_not_on_purpose()
    {
        var events = typeof(EventIds).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .SelectMany(static method => method.GetCustomAttributes<LoggerMessageAttribute>())
            .ToList();
        Assert.True(events.Count > 40, "The events were not found.");

        // An event without a level of its own may have any level.
        Assert.All(
            events.Where(static one => one.Level >= LogLevel.Warning),
            static one => Assert.True(LogLimits.IsDecided(one.EventId), $"Add {one.EventName} ({one.EventId}) to one of the lists in LogLimits."));
    }

    [Fact]
    public void What_clients_cause_is_written_ten_times_a_minute_and_then_counted()
    {
        var logger = Logger("Serverless.Gateway.Upstream.UpstreamClient");
        for (var i = 0; i < 1000; i++)
        {
            Refused(logger, template: 0);
        }

        Assert.Equal(10, _lines.Written.Count);
        Refused(logger, template: 1);
        Assert.Equal(11, _lines.Written.Count);
        _time.Advance(LogLimiter.Window);
        Refused(logger, template: 0);
        Assert.Equal("Template 0 (990 more like this one were left out before it.)", _lines.Written[^1]);
        Refused(logger, template: 0);
        Assert.Equal("Template 0", _lines.Written[^1]);
    }

    [Fact]
    public void What_happens_to_the_node_is_never_left_out()
    {
        var logger = Logger("Serverless.Gateway.Dispatch.LostNodes");
        for (var i = 0; i < 50; i++)
        {
            logger.Log(LogLevel.Warning, new EventId(EventIds.Dispatch + 2, "NodeLost"), i, null, static (state, _) => $"Node {state}");
        }

        Assert.Equal(50, _lines.Written.Count);
    }

    [Fact]
    public void Lines_of_level_information_are_limited_only_where_strangers_cause_them()
    {
        for (var i = 0; i < 200; i++)
        {
            Logger("Serverless.Gateway.Clients.HubSession").Log(
                LogLevel.Information, new EventId(EventIds.Clients + 2, "ConnectionEnded"), i, null, static (_, _) => "ended");
            Logger("Serverless.Gateway.Access.Audiences").Log(
                LogLevel.Information, new EventId(EventIds.Access + 4, "AudienceRefused"), i, null, static (_, _) => "refused");
        }

        Assert.Equal((200, 10), (Count("ended"), Count("refused")));
    }

    [Fact]
    public void The_framework_is_limited_too_and_by_its_own_ids()
    {
        for (var i = 0; i < 50; i++)
        {
            Logger("Microsoft.AspNetCore.Server.Kestrel").Log(LogLevel.Error, new EventId(13), i, null, static (_, _) => "failed");
            Logger("Microsoft.AspNetCore.Other").Log(LogLevel.Warning, new EventId(EventIds.Dispatch + 2), i, null, static (_, _) => "other");
            Logger("Microsoft.AspNetCore.Server.Kestrel").Log(LogLevel.Information, new EventId(13), i, null, static (_, _) => "told");
        }

        Assert.Equal((10, 10, 50), (Count("failed"), Count("other"), Count("told")));
    }

    [Fact]
    public void Lines_that_nobody_would_have_seen_count_for_nothing()
    {
        var quiet = Logger("Quiet");
        for (var i = 0; i < 50; i++)
        {
            quiet.Log(LogLevel.Warning, new EventId(1), i, null, static (_, _) => "quiet");
        }

        _lines.IsOn = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        quiet.Log(LogLevel.Warning, new EventId(1), 0, null, static (_, _) => "quiet");
        Assert.Equal("quiet", Assert.Single(_lines.Written));
    }

    private static void Refused(ILogger logger, int template) => logger.LogWarning(
        new EventId(EventIds.Upstream + 2, "UpstreamRefused"), "Template {Template}", template);

    private ILogger Logger(string category)
    {
        _lines.IsOn = category != "Quiet";
        return _services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
    }

    private int Count(string text) => _lines.Written.Count(line => line == text);

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public bool IsOn { get; set; } = true;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => IsOn;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsOn)
            {
                Written.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
