using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Serverless.Hubs.Tests;

public class LogEventTests
{
    [Fact]
    public void Ids_and_names_of_log_events_are_unique()
    {
        var events = typeof(UpstreamDispatcher).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .ToList();

        Assert.NotEmpty(events);
        Assert.Equal(events.Count, events.Select(log => log.EventId).Distinct().Count());
        Assert.Equal(events.Count, events.Select(log => log.EventName).Distinct().Count());
    }
}
