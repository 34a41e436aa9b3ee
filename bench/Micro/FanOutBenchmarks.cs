using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Sends a message to a thousand members, from its JSON to the last member's socket; figures are per message.</summary>
public class FanOutBenchmarks
{
    private const int Receivers = 1000;
    private const int Burst = 8;

    private readonly Deliveries _deliveries = new();
    private readonly MemberSet _members = new(diesWhenEmpty: false);
    private HubProtocol _protocol = HubProtocol.Json;
    private DrainWorkers? _workers;
    private ClientConnection[] _connections = [];
    private CountingOutput[] _outputs = [];
    private byte[] _jsonArguments = [];
    private int _frameBytes;

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _protocol = HubProtocol.Find(Protocol)!;
        _workers = new DrainWorkers(1);
        _jsonArguments = Sample.JsonArguments(Size);
        _outputs = [.. Enumerable.Range(0, Receivers).Select(_ => new CountingOutput(_deliveries))];
        _connections =
            [.. _outputs.Select((output, i) => Clients.Create($"connection-{i}", _protocol, _workers, output))];
        foreach (var connection in _connections)
        {
            _members.TryAdd(connection);
        }

        var frame = Message().FrameFor(_protocol)!;
        _frameBytes = frame.Length;
        Sample.EnsureInvocation(_protocol, frame.Payload.Span, Size, invocationId: null);
        EnsureEveryoneGets(frame, EncodePerReceiver, times: 1);
        EnsureEveryoneGets(frame, EncodeOnce, times: 1);
        EnsureEveryoneGets(frame, HalfBlocked, Burst);
    }

    [GlobalCleanup]
    public void CleanUp() => _workers?.Dispose();

    [Benchmark(Baseline = true)]
    public void EncodePerReceiver()
    {
        foreach (var connection in _connections)
        {
            connection.Post(Message().FrameFor(_protocol)!);
        }

        _workers!.Wake();
        _deliveries.WaitForMore((long)Receivers * _frameBytes);
    }

    [Benchmark]
    public void EncodeOnce()
    {
        Send();
        _deliveries.WaitForMore((long)Receivers * _frameBytes);
    }

    /// <summary>Hostile: every other socket is full for the first of eight messages, and accepts the rest when all have been sent.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public void HalfBlocked()
    {
        for (var i = 0; i < _outputs.Length; i += 2)
        {
            _outputs[i].Block();
        }

        EncodeOnce();
        for (var i = 1; i < Burst; i++)
        {
            // The other members receive the message without waiting for the blocked ones.
            Send();
            _deliveries.WaitForMore((long)Receivers / 2 * _frameBytes);
        }

        for (var i = 0; i < _outputs.Length; i += 2)
        {
            _outputs[i].Unblock();
        }

        _deliveries.WaitForMore((long)Receivers / 2 * (Burst - 1) * _frameBytes);
    }

    private OutboundMessage Message() => OutboundMessage.Invocation(Sample.Target, _jsonArguments);

    private void Send()
    {
        Ensure.That(_members.Send(Message(), []), "so many members are written to by the publisher itself");
        _workers!.Wake();
    }

    private void EnsureEveryoneGets(Frame frame, Action send, int times)
    {
        foreach (var output in _outputs)
        {
            output.Copy = new MemoryStream();
        }

        send();
        byte[] expected = [.. Enumerable.Repeat(frame.WebSocketBytes.ToArray(), times).SelectMany(static bytes => bytes)];
        foreach (var output in _outputs)
        {
            Ensure.Equal(expected, output.Copy!.ToArray(), "what a member got");
            output.Copy = null;
        }
    }
}
