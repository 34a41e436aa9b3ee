using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Management;
using Serverless.Gateway.Upstream;

namespace Serverless.Gateway.Admin;

/// <summary><c>GET /admin/templates</c>: the upstream templates in force, in their order, without the secrets in their addresses.</summary>
internal sealed partial class TemplatesEndpoint(IOptionsMonitor<UpstreamSettings> settings)
{
    // {"value":[{"template":0,"url":"https://app/api/{hub}?code=…","hub":"*","category":"*","event":"*","identity":false,…}]}
    public async ValueTask<RestError?> ListAsync(HttpContext context)
    {
        var list = new TemplateList([.. settings.CurrentValue.Templates.Select(Describe)]);
        var body = JsonSerializer.SerializeToUtf8Bytes(list, TemplatesJson.Default.TemplateList);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    /// <summary>An address with neither the values of its query, a function key for instance, nor a password.</summary>
    public static string WithoutSecrets(string url) => string.Concat(KeyVaultReference.Split(url).Select(static piece => piece.SecretUri is null
        ? Password().Replace(QueryValue().Replace(piece.Text, "$1…"), "//…@")
        : "{Key Vault secret}"));

    private static ListedTemplate Describe(UpstreamTemplateOptions template, int place) => new(
        place,
        WithoutSecrets(template.UrlTemplate),
        template.HubPattern ?? "",
        template.CategoryPattern ?? "",
        template.EventPattern ?? "",
        template.Auth?.Scope is not null,
        template.Retry?.Attempts ?? 1,
        template.DeadLetter);

    // Placeholders stay: they tell something, and are no secret.
    [GeneratedRegex(@"([?&][^=&]+=)(?!\{(?:hub|category|event)\}(?:&|$))[^&]+")]
    private static partial Regex QueryValue();

    [GeneratedRegex("//[^/?@]+@")]
    private static partial Regex Password();
}

/// <summary>A template as it is listed.</summary>
internal sealed record ListedTemplate(int Template, string Url, string Hub, string Category, string Event, bool Identity, int Attempts, bool DeadLetter);

/// <summary>All of them.</summary>
internal sealed record TemplateList(IReadOnlyList<ListedTemplate> Value);

/// <summary>The JSON of templates.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TemplateList))]
internal sealed partial class TemplatesJson : JsonSerializerContext;
