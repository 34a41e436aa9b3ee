using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Management;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Protocol;

namespace Serverless.Gateway.Admin;

/// <summary>
/// Explains which template would receive an event, and why each template matches or not:
/// <c>GET /admin/upstream?hub=…&amp;category=…&amp;event=…</c>.
/// </summary>
internal sealed class UpstreamEndpoint(UpstreamDelivery upstream)
{
    public async ValueTask<RestError?> HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!HubName.TryParseJoined(query["hub"], out var hub))
        {
            return RestError.BadRequest($"'hub' is missing or invalid. A hub's name has {HubName.Rule}", "hub");
        }

        if (query["category"] is not [UpstreamCategories.Connections or UpstreamCategories.Messages])
        {
            return RestError.BadRequest($"'category' must be '{UpstreamCategories.Connections}' or '{UpstreamCategories.Messages}'.", "category");
        }

        if (query["event"] is not [{ Length: > 0 } eventName])
        {
            return RestError.BadRequest("'event' is missing: 'connected' or 'disconnected', or the method that a client calls.", "event");
        }

        var category = query["category"].ToString();
        var explanation = upstream.Explain(hub.Value, category, eventName);
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("hub"u8, hub.Value);
        json.WriteString("category"u8, category);
        json.WriteString("event"u8, eventName);
        json.WriteString("answer"u8, explanation.ToString());
        if (explanation.Template < 0)
        {
            json.WriteNull("template"u8);
        }
        else
        {
            json.WriteNumber("template"u8, explanation.Template);
        }

        json.WriteString("url"u8, explanation.Url);
        json.WriteString("reason"u8, explanation.Reason);
        json.WriteBoolean("circuitOpen"u8, explanation.IsCircuitOpen);
        json.WriteStartArray("templates"u8);
        foreach (var (template, matches, why) in explanation.Templates)
        {
            json.WriteStartObject();
            json.WriteNumber("template"u8, template);
            json.WriteBoolean("matches"u8, matches);
            json.WriteString("why"u8, why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
        return null;
    }
}
