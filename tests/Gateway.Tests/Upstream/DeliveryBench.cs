using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Runs the gateway's delivery of events, composed as in the gateway, with a clock that tests control and a real upstream.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    private readonly UpstreamRecorder _recorder;
    private readonly ServiceProvider _services;
    private readonly Lifetime _lifetime = new();

    private DeliveryBench(UpstreamRecorder recorder, (string Key, string Value)[] template)
    {
        _recorder = recorder;
        var settings = template
            .Select(pair => KeyValuePair.Create(
                pair.Key.StartsWith("Gateway:", StringComparison.Ordinal) ? pair.Key : $"UpstreamSettings:Templates:0:{pair.Key}", (string?)pair.Value))
            .Append(KeyValuePair.Create("Gateway:AccessKeys:0", (string?)GatewayFixture.Key));
        if (!template.Any(static pair => pair.Key == "UrlTemplate"))
        {
            settings = settings.Append(KeyValuePair.Create("UpstreamSettings:Templates:0:UrlTemplate", (string?)recorder.Template));
        }

        var environment = new HostingEnvironment { EnvironmentName = Environments.Production };
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddSingleton<IHostEnvironment>(environment);
        services.AddSingleton<IHostApplicationLifetime>(_lifetime);
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(new ThisNode(NodeId.Create()));
        services.AddSingleton<SecretMask>();
        services.AddSingleton<LiveTrace>();
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.AddLimits().AddAccess(environment).AddStorage().AddUpstream(environment);
        _services = services.BuildServiceProvider();
    }

    public FakeTime Time { get; } = new();

    public UpstreamHub Upstream => _recorder.Hub("chat");

    public IDeadLetterStore Letters => _services.GetRequiredService<IDeadLetterStore>();

    /// <summary>Gets a value that indicates whether the delivery that ended last counts as a message to the upstream.</summary>
    public bool WasSent { get; private set; }

    /// <summary>Starts with one template that has the given keys; a key that begins with <c>Gateway:</c> is a full path.</summary>
    public static async Task<DeliveryBench> StartAsync(params (string Key, string Value)[] template) =>
        new(await UpstreamRecorder.StartAsync(), template);

    /// <summary>Answers the first requests with a status, the others with 200.</summary>
    public void FailFirst(int failures, int status, string? retryAfter = null)
    {
        var requests = 0;
        Upstream.Answer = (_, context) =>
        {
            if (Interlocked.Increment(ref requests) <= failures)
            {
                context.Response.StatusCode = status;
                context.Response.Headers.RetryAfter = retryAfter;
            }

            return Task.CompletedTask;
        };
    }

    /// <summary>Sends a message, or an event of a connection, and returns the result of its delivery.</summary>
    public async Task<(UpstreamResult Result, int Status)> SendAsync(
        string connectionId, string eventName, int sequence = 1, string category = "messages", ReadOnlyMemory<byte>? body = null)
    {
        var sender = new UpstreamSender(
            new LedgerEntry(connectionId, TestClients.Hub("chat"), null, null, null), _services.GetRequiredService<AccessKeys>());
        using var outcome = await _services.GetRequiredService<UpstreamDelivery>().SendAsync(
            new UpstreamCall(sender, category, eventName, body ?? "{}"u8.ToArray(), new MediaTypeHeaderValue("application/json"))
            {
                Mark = new EventMark(sequence, 0),
            });
        WasSent = outcome.WasSent;
        return (outcome.Result, outcome.Status);
    }

    /// <summary>Waits until a delivery waits for its next attempt, and returns the time left. Attempts in progress have more time left.</summary>
    public async Task<TimeSpan> WaitingAsync(TimeSpan longest)
    {
        await Waits.UntilAsync(() => Time.UntilNextTimer <= longest, "a delivery waits");
        return Time.UntilNextTimer!.Value;
    }

    /// <summary>Signals that the process is about to stop.</summary>
    public void Stop() => _lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        await _services.DisposeAsync();
        _lifetime.Dispose();
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
