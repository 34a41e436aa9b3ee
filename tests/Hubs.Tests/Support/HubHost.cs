using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Support;

/// <summary>Hubs with a dispatcher and without a host. A test fails if it leaves a logged error unread.</summary>
internal sealed class HubHost : IAsyncDisposable
{
    public const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private readonly ServiceProvider _services;

    public HubHost(Action<TestHubs> add, string endpoint = "http://127.0.0.1:1", Action<ServerlessHubsOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        services.AddSingleton<IHostApplicationLifetime, ApplicationLifetime>();
        add(new TestHubs(services.AddSignalR().AddMessagePackProtocol().AddServerless(options =>
        {
            options.ConnectionString = $"Endpoint={endpoint};AccessKey={Key};Version=1.0;";
            configure?.Invoke(options);
        })));
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });
        Dispatcher = _services.GetRequiredService<UpstreamDispatcher>();
    }

    public LogRecorder Log { get; } = new();

    public UpstreamDispatcher Dispatcher { get; }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Sends a request as a gateway would, with changes.</summary>
    public Task<UpstreamResponse> SendAsync(
        string hub,
        string category,
        string eventName,
        ReadOnlyMemory<byte> body,
        string? contentType = "application/json",
        Action<Dictionary<string, string?>>? change = null,
        CancellationToken cancellationToken = default)
    {
        var headers = Headers(hub, category, eventName);
        change?.Invoke(headers);
        return Dispatcher.DispatchAsync(new UpstreamRequest(contentType, body, headers.GetValueOrDefault), cancellationToken);
    }

    public Task<UpstreamResponse> InvokeAsync(
        string hub, string target, string body, Action<Dictionary<string, string?>>? change = null, CancellationToken cancellationToken = default) =>
        SendAsync(hub, "messages", target, Encoding.UTF8.GetBytes(body), change: change, cancellationToken: cancellationToken);

    public static Dictionary<string, string?> Headers(string hub, string category, string eventName) =>
        new(StringComparer.OrdinalIgnoreCase)
        {
            [UpstreamHeaders.ConnectionId] = "conn-1",
            [UpstreamHeaders.Hub] = hub,
            [UpstreamHeaders.Category] = category,
            [UpstreamHeaders.Event] = eventName,
            [UpstreamHeaders.Signature] = Sign("conn-1"),
        };

    // Upper case, as in the emulator, and computed independently of the code under test.
    public static string Sign(string connectionId) =>
        "sha256=" + Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(connectionId)));

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Assert.Empty(Log.TakeErrors());
    }
}
