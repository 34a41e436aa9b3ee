using System.Diagnostics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>
/// Passes live-trace events from the rooms to the sinks. Without a sink, a room only reads <see cref="IsOn"/>; otherwise it calls
/// <see cref="Wants"/> before it creates an event.
/// </summary>
internal sealed class LiveTrace(ThisNode node, TimeProvider time, SecretMask mask)
{
    private readonly Lock _gate = new();
    private readonly AsyncLocal<long> _current = new();

    // The id's upper part, so that the ids of two nodes differ; 52 bits in all.
    private readonly long _nodePart = NodePart(node.Id);
    private uint _last;

    // Null while there is no sink.
    private volatile ILiveTraceSink[]? _sinks;

    // Null while there is no viewer.
    private volatile ActivityListener? _contexts;

    /// <summary>True while there is a sink.</summary>
    public bool IsOn => _sinks is not null;

    /// <summary>True while there is a viewer: every call then has a trace context, sampled or not.</summary>
    public bool HasViewers => _contexts is not null;

    /// <summary>Gets the sinks.</summary>
    public ReadOnlySpan<ILiveTraceSink> Sinks => _sinks;

    /// <summary>True when a sink wants bodies.</summary>
    public bool WantsBodies
    {
        get
        {
            foreach (var sink in Sinks)
            {
                if (sink.Filter.Bodies)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Masks secrets in the texts of clients and apps.</summary>
    public SecretMask Mask { get; } = mask;

    /// <summary>Gets or sets the tracing id of the current call, which flows with its asynchronous code; 0 for none.</summary>
    public long Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Returns a new number of a message or call on this node; never 0.</summary>
    public uint NextNumber()
    {
        uint number;
        do
        {
            number = Interlocked.Increment(ref _last);
        }
        while (number == 0);

        return number;
    }

    /// <summary>Returns the tracing id of a number; 0 for 0.</summary>
    public long IdOf(uint number) => number == 0 ? 0 : _nodePart | number;

    /// <summary>Returns true when a sink wants an event about the subject. Must be called once for each event.</summary>
    public bool Wants(in LiveTraceSubject subject)
    {
        var wanted = false;
        foreach (var sink in Sinks)
        {
            // Each sink counts the events that it leaves out.
            wanted |= sink.Accepts(in subject);
        }

        return wanted;
    }

    /// <summary>Passes a wanted event to the sinks whose filter selects it.</summary>
    public void Emit(in LiveTraceSubject subject, LiveTraceEvent traced)
    {
        var stamped = Stamp(traced);
        foreach (var sink in Sinks)
        {
            if (sink.Filter.Matches(in subject))
            {
                sink.Take(stamped);
            }
        }
    }

    /// <summary>Passes an event to one sink.</summary>
    public void Emit(ILiveTraceSink sink, LiveTraceEvent traced) => sink.Take(Stamp(traced));

    public void Add(ILiveTraceSink sink)
    {
        lock (_gate)
        {
            _sinks = [.. _sinks ?? [], sink];
            if (sink.IsViewer)
            {
                _contexts ??= GatewaySpans.GiveContexts();
            }
        }
    }

    public void Remove(ILiveTraceSink sink)
    {
        lock (_gate)
        {
            var left = (_sinks ?? []).Where(other => other != sink).ToArray();
            _sinks = left.Length == 0 ? null : left;
            if (!left.Any(other => other.IsViewer))
            {
                _contexts?.Dispose();
                _contexts = null;
            }
        }
    }

    private LiveTraceEvent Stamp(LiveTraceEvent traced) => traced with
    {
        Time = time.GetUtcNow(),
        Node = node.Id.Value,
        Exception = traced.Exception is { } error ? Mask.Apply(error) : null,
    };

    private static long NodePart(NodeId node)
    {
        Span<byte> bytes = stackalloc byte[NodeId.ByteCount];
        node.CopyTo(bytes);
        return (((long)bytes[0] << 12) | ((long)bytes[1] << 4) | (bytes[2] & 0xFL)) << 32;
    }
}
