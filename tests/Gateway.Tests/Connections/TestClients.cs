using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Creates connections without a transport, over fake outputs and a fake clock.</summary>
/// <param name="queued">The count of bytes held; null for one without a maximum.</param>
internal sealed class TestClients(QueuedBytes? queued = null) : IDisposable
{
    private int _lastId;

    public FakeTime Time { get; } = new();

    public DrainWorkers Workers { get; } = new(2, queued);

    public HubMeters Meters { get; } = new();

    public ClientOptions Options { get; } = new() { OutboxBytes = 1000 };

    public static HubName Hub(string name)
    {
        Assert.True(HubName.TryParseJoined(name, out var hub));
        return hub;
    }

    public static ClientIdentity Identity(string payload) =>
        ClientIdentity.From(new JsonWebToken($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{Base64UrlEncoder.Encode(payload)}."));

    /// <summary>Creates a connection, after its handshake unless that is turned off.</summary>
    public TestClient Create(string? user = null, HubProtocol? protocol = null, bool handshake = true, string? payload = null)
    {
        var client = new TestClient();
        client.Connection = new ClientConnection(Options, Time, Meters.Of(Hub("chat")), Workers, client.Output, client.Abort)
        {
            Id = $"c{Interlocked.Increment(ref _lastId)}",
            Hub = Hub("chat"),
            Identity = Identity(payload ?? (user is null ? "{}" : $$"""{"asrs.s.uid":"{{user}}"}""")),
            Protocol = handshake ? protocol ?? HubProtocol.Json : null,
        };
        return client;
    }

    /// <summary>Returns a task that completes when the workers have visited all items scheduled before.</summary>
    public async Task DrainedAsync()
    {
        var passed = Workers.MarkAsync();
        Workers.Wake();
        await passed.WaitAsync(Waits.Limit);
    }

    public void Dispose() => Workers.Dispose();

    public static Frame Frame(string text) => Serverless.Gateway.Connections.Framing.Frame.Copy(binary: false, Encoding.UTF8.GetBytes(text));
}

/// <summary>Represents a connection and the calls that its transport would get.</summary>
internal sealed class TestClient
{
    public FakeOutput Output { get; } = new();

    public ClientConnection Connection { get; set; } = null!;

    public int Aborts { get; private set; }

    public string Text => Output.Text.Replace('\x1e', '␞');

    public void Abort() => Aborts++;
}
