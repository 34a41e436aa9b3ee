using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Management;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Admin;

/// <summary>
/// Lists the upstream templates in force, in their order, without the secrets in their addresses: <c>GET /admin/templates</c>.
/// </summary>
internal sealed class TemplatesEndpoint(IOptionsMonitor<UpstreamSettings> settings)
{
    // {"value":[{"template":0,"url":"https://app/api/{hub}?code=***","hub":"*","category":"*","event":"*","identity":false,…}]}
    public async ValueTask<RestError?> ListAsync(HttpContext context)
    {
        var list = new TemplateList([.. settings.CurrentValue.Templates.Select(Describe)]);
        var body = JsonSerializer.SerializeToUtf8Bytes(list, TemplatesJson.Default.TemplateList);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    private static ListedTemplate Describe(UpstreamTemplateOptions template, int place) => new(
        place,
        ShownUrl.OfTemplate(template.UrlTemplate),
        template.HubPattern ?? "",
        template.CategoryPattern ?? "",
        template.EventPattern ?? "",
        template.Auth?.Scope is not null,
        template.Retry?.Attempts ?? 1,
        template.DeadLetter);
}

/// <summary>A template in the list.</summary>
internal sealed record ListedTemplate(int Template, string Url, string Hub, string Category, string Event, bool Identity, int Attempts, bool DeadLetter);

/// <summary>The list of all templates.</summary>
internal sealed record TemplateList(IReadOnlyList<ListedTemplate> Value);

/// <summary>The JSON of templates.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TemplateList))]
internal sealed partial class TemplatesJson : JsonSerializerContext;
