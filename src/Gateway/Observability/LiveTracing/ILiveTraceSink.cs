namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Someone who takes events. Called from every thread; never waits.</summary>
internal interface ILiveTraceSink
{
    LiveTraceFilter Filter { get; }

    /// <summary>Somebody looks on, and wants calls joined with what their functions do.</summary>
    bool IsViewer { get; }

    /// <summary>The connections that its filter is about, at this moment; null if it may be any.</summary>
    IReadOnlyCollection<string>? Connections { get; }

    /// <summary>Whether an event about this is wanted. One that the filter lets through and that is not wanted all the same is counted.</summary>
    bool Accepts(in LiveTraceSubject subject);

    void Take(LiveTraceEvent traced);
}
