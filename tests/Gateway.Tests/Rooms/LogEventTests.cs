using System.Reflection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Observability;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>Ids and names of log events are a published interface: unique, and each id in its room's range.</summary>
public class LogEventTests
{
    private const int RangeSize = 1000;
    private const string Root = "Serverless.Gateway.";

    private static readonly (Type Type, LoggerMessageAttribute Event)[] Events =
    [
        .. from type in typeof(EventIds).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           from attribute in method.GetCustomAttributes<LoggerMessageAttribute>()
           select (type, attribute),

        // Entries that are made without the generator say their id in a field.
        .. from type in typeof(EventIds).Assembly.GetTypes()
           where !type.ContainsGenericParameters
           from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
           where field.FieldType == typeof(EventId)
           let id = (EventId)field.GetValue(null)!
           select (type, new LoggerMessageAttribute { EventId = id.Id, EventName = id.Name, Level = LogLevel.None }),
    ];

    [Fact]
    public void Ids_and_names_are_unique()
    {
        Assert.True(Events.Length >= 10, "The events were not found.");
        Assert.Equal(Events.Length, Events.Select(entry => entry.Event.EventId).Distinct().Count());
        Assert.Equal(Events.Length, Events.Select(entry => entry.Event.EventName).Distinct().Count());
        Assert.All(Events, entry => Assert.False(string.IsNullOrEmpty(entry.Event.EventName), $"{entry.Event.EventId} has no name"));
    }

    [Fact]
    public void Each_id_lies_in_its_rooms_range()
    {
        var ranges = typeof(EventIds).GetFields().ToDictionary(field => field.Name, field => (int)field.GetRawConstantValue()!);
        Assert.All(Events, entry =>
        {
            var room = entry.Type.Namespace![Root.Length..].Split('.')[0];
            Assert.True(ranges.TryGetValue(room, out var first), $"{room} has no range in EventIds");
            Assert.InRange(entry.Event.EventId, first + 1, first + RangeSize - 1);
        });
    }

    [Fact]
    public void Every_event_is_published_in_the_reference_with_its_id_and_level()
    {
        var documented = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "reference", "log-events.md"))
            .Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())
            .Where(row => row.Length == 6 && int.TryParse(row[1], out _))
            .Select(row => $"{row[1]} {row[2].Trim('`')} {row[3]}");

        // An event without a level of its own has it from its arguments.
        Assert.Equal(
            Events.Select(entry => $"{entry.Event.EventId} {entry.Event.EventName} {(entry.Event.Level == LogLevel.None ? "by its reason" : entry.Event.Level)}").Order(),
            documented.Order());
    }

    [Fact]
    public void Ranges_do_not_overlap()
    {
        var starts = typeof(EventIds).GetFields().Select(field => (int)field.GetRawConstantValue()!).Order().ToArray();
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= RangeSize));
    }
}
