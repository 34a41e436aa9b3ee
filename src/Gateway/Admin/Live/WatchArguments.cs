using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Reads a viewer's filter. An unknown or invalid property is an error, so that a typing error does not show every event.</summary>
internal static class WatchArguments
{
    private const int MaxNameChars = 1024;

    public static LiveTraceFilter Read(JsonElement? argument)
    {
        var filter = new LiveTraceFilter();
        if (argument is null)
        {
            return filter;
        }

        foreach (var property in argument.Value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            filter = property.Name switch
            {
                "categories" => filter with { Categories = Categories(property) },
                "connection" => filter with { Connection = Name(property) },
                "user" => filter with { User = Name(property) },
                "hub" => filter with { Hub = Hub(property) },
                "group" => filter with { Group = Name(property) },
                "tracingId" => filter with { TracingId = Number(property, 1, (1L << 53) - 1) },
                "diagnosticOnly" => filter with { DiagnosticOnly = Flag(property) },
                "bodies" => filter with { Bodies = Flag(property) },
                "bodyBytes" => filter with { BodyBytes = (int)Number(property, 1, LiveTraceFilter.MaxBodyBytes) },
                "perSecond" => filter with { PerSecond = (int)Number(property, 1, LiveTraceFilter.MaxPerSecond) },
                _ => throw new GatewayCallException(
                    $"The filter has an unknown property '{property.Name}'. It may have: categories, connection, user, hub, group, tracingId, diagnosticOnly, "
                    + "bodies, bodyBytes, perSecond."),
            };
        }

        return filter;
    }

    private static LiveTraceCategory Categories(JsonProperty property)
    {
        const string Rule = "'categories' must be an array of 'Connectivity', 'Messaging' and 'HttpRequests', or omitted for all.";
        if (property.Value.ValueKind != JsonValueKind.Array || property.Value.GetArrayLength() == 0)
        {
            throw new GatewayCallException(Rule);
        }

        var categories = LiveTraceCategory.None;
        foreach (var name in property.Value.EnumerateArray())
        {
            categories |= (name.ValueKind == JsonValueKind.String ? name.GetString()!.ToUpperInvariant() : null) switch
            {
                "CONNECTIVITY" => LiveTraceCategory.Connectivity,
                "MESSAGING" => LiveTraceCategory.Messaging,
                "HTTPREQUESTS" => LiveTraceCategory.HttpRequests,
                _ => throw new GatewayCallException(Rule),
            };
        }

        return categories;
    }

    private static string Hub(JsonProperty property) => HubName.TryParseJoined(Name(property), out var hub)
        ? hub.Value
        : throw new GatewayCallException($"'hub' is not a valid hub name: {HubName.Rule}");

    private static string Name(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() is { Length: > 0 and <= MaxNameChars } name
            ? name
            : throw new GatewayCallException($"'{property.Name}' must be a string of 1 to {MaxNameChars} characters.");

    private static bool Flag(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new GatewayCallException($"'{property.Name}' must be true or false."),
    };

    private static long Number(JsonProperty property, long min, long max) =>
        property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw new GatewayCallException($"'{property.Name}' must be a whole number from {min} to {max}.");
}
