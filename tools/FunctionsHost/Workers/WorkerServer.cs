using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Serverless.FunctionsHost.Workers;

/// <summary>The gRPC server that workers connect to, on a loopback port of its own.</summary>
internal sealed class WorkerServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected = new();

    public WorkerServer(int maxMessageBytes)
    {
        MaxMessageBytes = maxMessageBytes;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null; // one request lasts as long as its worker
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = maxMessageBytes;
            options.MaxSendMessageSize = maxMessageBytes;
        });
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<FunctionRpcService>();
    }

    /// <summary>Gets the largest message in either direction.</summary>
    public int MaxMessageBytes { get; }

    public Uri Address => new(_app.Urls.Single());

    public Task StartAsync() => _app.StartAsync();

    /// <summary>Accepts a worker's stream, once.</summary>
    public void Expect(string workerId, WorkerChannel channel) => _expected[workerId] = channel;

    /// <summary>No longer accepts a worker's stream.</summary>
    public void Forget(string workerId) => _expected.TryRemove(workerId, out _);

    /// <summary>Returns the channel of a worker that has connected; null if none of this id is expected.</summary>
    public WorkerChannel? Take(string workerId) => _expected.TryRemove(workerId, out var channel) ? channel : null;

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
