using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>
/// Runs local counterparts of two Azure services: an endpoint for managed identities in App Service's form, and a Key Vault that requires
/// that identity's token.
/// </summary>
internal sealed class LocalVault : IAsyncDisposable
{
    public const string IdentityHeader = "identity-header-of-the-tests";
    private const string VaultResource = "https://vault.azure.net";

    private readonly WebApplication _app;

    private LocalVault(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    /// <summary>Gets the value for <c>IDENTITY_ENDPOINT</c>.</summary>
    public string IdentityEndpoint => Address + "/msi/token";

    /// <summary>Gets the secrets by name. An unknown name is answered with 404.</summary>
    public ConcurrentDictionary<string, string> Secrets { get; } = new();

    /// <summary>Gets the resources for which tokens were requested, with the client id of each request.</summary>
    public ConcurrentQueue<(string Resource, string ClientId)> Asked { get; } = new();

    /// <summary>Gets the authorization and the API version of the last request for a secret.</summary>
    public string LastSecretRequest { get; private set; } = "";

    public string SecretUri(string name) => $"{Address}/secrets/{name}";

    public static async Task<LocalVault> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var vault = new LocalVault(app);
        app.MapGet("/msi/token", (RequestDelegate)vault.TokenAsync);
        app.MapGet("/secrets/{name}", (RequestDelegate)vault.SecretAsync);
        await app.StartAsync();
        vault.Address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return vault;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TokenAsync(HttpContext context)
    {
        var resource = context.Request.Query["resource"].ToString();
        Asked.Enqueue((resource, context.Request.Query["client_id"].ToString()));
        if (context.Request.Headers["X-IDENTITY-HEADER"] != IdentityHeader || resource.Contains("refused", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 400;
            await WriteAsync(context, new JsonObject { ["error"] = "invalid_resource", ["error_description"] = "refused by the test" });
            return;
        }

        await WriteAsync(context, new JsonObject
        {
            ["access_token"] = $"token-for-{resource}",
            ["expires_on"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["resource"] = resource,
            ["token_type"] = "Bearer",
        });
    }

    private async Task SecretAsync(HttpContext context)
    {
        LastSecretRequest = $"{context.Request.Headers.Authorization} {context.Request.Query["api-version"]}";
        if (context.Request.Headers.Authorization != $"Bearer token-for-{VaultResource}" && context.Request.Headers.Authorization != "Bearer token-1 of https://vault.azure.net/.default")
        {
            context.Response.StatusCode = 401;
        }
        else if (!Secrets.TryGetValue((string)context.Request.RouteValues["name"]!, out var value))
        {
            context.Response.StatusCode = 404;
        }
        else
        {
            await WriteAsync(context, new JsonObject { ["value"] = value, ["id"] = SecretUri("x") });
        }
    }

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
