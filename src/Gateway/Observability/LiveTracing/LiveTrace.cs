using System.Diagnostics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>
/// Where the rooms say what happens, and who listens. With nobody, all that is done is one look at <see cref="IsOn"/>; who has looked goes
/// on to ask <see cref="Wants"/> before making an event.
/// </summary>
internal sealed class LiveTrace(ThisNode node, TimeProvider time, SecretMask mask)
{
    private readonly Lock _gate = new();
    private readonly AsyncLocal<long> _current = new();

    // The id's upper part, so that two nodes give no two messages one id; 52 bits in all.
    private readonly long _nodePart = NodePart(node.Id);
    private uint _last;

    // Null while nobody listens.
    private volatile ILiveTraceSink[]? _sinks;

    // Null while nobody views.
    private volatile ActivityListener? _contexts;

    /// <summary>Somebody listens.</summary>
    public bool IsOn => _sinks is not null;

    /// <summary>A viewer listens: all that happens has a trace context, in a sample or not.</summary>
    public bool HasViewers => _contexts is not null;

    /// <summary>Who listens.</summary>
    public ReadOnlySpan<ILiveTraceSink> Sinks => _sinks;

    /// <summary>Somebody wants bodies.</summary>
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

    /// <summary>For the text of others that events have in them.</summary>
    public SecretMask Mask { get; } = mask;

    /// <summary>The tracing id of the call that this code runs for; 0 for none. Flows with it.</summary>
    public long Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>A new message's or call's number on this node; never 0.</summary>
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

    /// <summary>The tracing id of a number; 0 for 0.</summary>
    public long IdOf(uint number) => number == 0 ? 0 : _nodePart | number;

    /// <summary>Whether an event about this is wanted by anyone. To be asked once for each event.</summary>
    public bool Wants(in LiveTraceSubject subject)
    {
        var wanted = false;
        foreach (var sink in Sinks)
        {
            // Each counts for itself what it leaves out.
            wanted |= sink.Accepts(in subject);
        }

        return wanted;
    }

    /// <summary>Gives an event that is wanted to whoever's filter lets it through.</summary>
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

    /// <summary>Gives an event to one.</summary>
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
