namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>A receiver of live-trace events. Called from every thread; never waits.</summary>
internal interface ILiveTraceSink
{
    LiveTraceFilter Filter { get; }

    /// <summary>True for a viewer, which gets calls joined with the requests of their functions.</summary>
    bool IsViewer { get; }

    /// <summary>Gets the connections that its filter selects now; null when it selects any.</summary>
    IReadOnlyCollection<string>? Connections { get; }

    /// <summary>Returns true when an event about the subject is wanted. Counts an event that the filter selects and that is left out all the same.</summary>
    bool Accepts(in LiveTraceSubject subject);

    void Take(LiveTraceEvent traced);
}
