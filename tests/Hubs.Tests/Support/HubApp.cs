using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Serverless.Hubs.Tests.Support;

/// <summary>An ASP.NET Core app with hubs, on a free port. A test fails if it leaves a logged error unread.</summary>
internal sealed class HubApp : IAsyncDisposable
{
    public const string ConnectionString = $"Endpoint=http://localhost;Port=8888;AccessKey={HubHost.Key};Version=1.0;";

    private static readonly HttpClient Http = new();

    private HubApp(WebApplication app, LogRecorder log)
    {
        App = app;
        Log = log;
    }

    public WebApplication App { get; }

    public LogRecorder Log { get; }

    public string Address => App.Urls.Single();

    public static HubApp Build(
        Action<ISignalRServerBuilder>? configure = null, string? connectionString = ConnectionString, string environment = "Production")
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        var log = new LogRecorder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["AzureSignalRConnectionString"] = connectionString });
        var signalR = builder.Services.AddSignalR().AddMessagePackProtocol().AddServerless();
        configure?.Invoke(signalR);
        return new HubApp(builder.Build(), log);
    }

    public static async Task<HubApp> StartAsync(Action<WebApplication> map, Action<ISignalRServerBuilder>? configure = null)
    {
        var app = Build(configure);
        map(app.App);
        await app.App.StartAsync();
        return app;
    }

    /// <summary>Sends a request as a gateway would, with changes.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string path, string hub, string category, string eventName, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address + path) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in HubHost.Headers(hub, category, eventName))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        change?.Invoke(request);
        return await Http.SendAsync(request);
    }

    /// <summary>Negotiates as a client would, with headers.</summary>
    public async Task<Negotiated> NegotiateAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address + path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await Http.SendAsync(request);
        return new Negotiated(response, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        Assert.Empty(Log.TakeErrors());
    }
}

/// <summary>The answer to a negotiate request.</summary>
internal sealed record Negotiated(HttpResponseMessage Response, string Body)
{
    public int Status => (int)Response.StatusCode;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Url => Json.GetProperty("url").GetString()!;

    public JsonWebToken Token => new(Json.GetProperty("accessToken").GetString());
}
