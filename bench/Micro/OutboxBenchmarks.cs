using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Metering;

namespace Serverless.Micro;

/// <summary>Adds frames to a connection's outbox, which writes them to its socket; figures are per frame.</summary>
public class OutboxBenchmarks
{
    private const int Burst = 16;
    private const int MaxBytes = 1024 * 1024;

    private readonly Deliveries _deliveries = new();
    private readonly Func<ValueTask> _postRest;
    private CountingOutput? _output;
    private DrainWorkers? _workers;
    private Outbox? _outbox;
    private Frame _frame = Frame.End;

    public OutboxBenchmarks() => _postRest = () =>
    {
        for (var i = 1; i < Burst; i++)
        {
            _outbox!.Post(_frame);
        }

        return default;
    };

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _workers = new DrainWorkers(1);
        _output = new CountingOutput(_deliveries);
        _outbox = new Outbox(_workers, _output, MaxBytes, static _ => { }, new TrafficCounter());
        _frame = Frame.Copy(binary: false, Sample.JsonArguments(Size));
        EnsureWritten(OneByOne, 1);
        EnsureWritten(InOneVisit, Burst);
        EnsureWritten(Blocked, Burst);
    }

    [GlobalCleanup]
    public void CleanUp() => _workers?.Dispose();

    /// <summary>Light load: each frame finds the outbox idle and is written at once.</summary>
    [Benchmark(Baseline = true)]
    public void OneByOne()
    {
        _outbox!.Send(_frame);
        _deliveries.WaitForMore(_frame.Length);
    }

    /// <summary>Heavy load: frames have gathered, and one visit writes them together.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public void InOneVisit()
    {
        _ = _outbox!.SendFirstAsync(_frame, _postRest).AsTask();
        _deliveries.WaitForMore((long)Burst * _frame.Length);
    }

    /// <summary>Hostile: the socket is full after the first frame; a worker writes the rest when the socket accepts bytes again.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public void Blocked()
    {
        _output!.Block();
        _outbox!.Send(_frame);

        // The worker of the previous frame may still be running: with this wait the blocked write always holds one frame.
        _deliveries.WaitForMore(_frame.Length);
        for (var i = 1; i < Burst; i++)
        {
            _outbox.Send(_frame);
        }

        _output.Unblock();
        _deliveries.WaitForMore((long)(Burst - 1) * _frame.Length);
    }

    private void EnsureWritten(Action send, int times)
    {
        _output!.Copy = new MemoryStream();
        send();
        byte[] expected = [.. Enumerable.Repeat(_frame.WebSocketBytes.ToArray(), times).SelectMany(static bytes => bytes)];
        Ensure.Equal(expected, _output.Copy.ToArray(), "what the socket got");
        _output.Copy = null;
    }
}
