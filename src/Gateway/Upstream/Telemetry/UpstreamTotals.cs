namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Counts the upstream calls of each template since the process started, for the dashboard.</summary>
internal static class UpstreamTotals
{
    /// <summary>The upper bounds of the latency buckets in milliseconds; one more bucket has the longer calls.</summary>
    public static readonly int[] Bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000];

    private const int MaxTemplates = 64;

    private static readonly Counts[] Templates = [.. Enumerable.Range(0, MaxTemplates + 1).Select(static _ => new Counts())];

    /// <summary>Counts one call, answered or not.</summary>
    public static void Add(int template, TimeSpan taken, bool isError)
    {
        var counts = Templates[Math.Clamp(template, 0, MaxTemplates)];
        Interlocked.Increment(ref counts.Calls);
        if (isError)
        {
            Interlocked.Increment(ref counts.Errors);
        }

        var milliseconds = taken.TotalMilliseconds;
        var bucket = 0;
        while (bucket < Bounds.Length && milliseconds > Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref counts.Buckets[bucket]);
    }

    /// <summary>Returns the templates that have been called, with their calls, their failed calls, and their calls by latency bucket.</summary>
    public static IEnumerable<(int Template, long Calls, long Errors, long[] Buckets)> Read()
    {
        for (var i = 0; i <= MaxTemplates; i++)
        {
            if (Volatile.Read(ref Templates[i].Calls) is var calls and > 0)
            {
                yield return (i, calls, Volatile.Read(ref Templates[i].Errors), [.. Templates[i].Buckets]);
            }
        }
    }

    private sealed class Counts
    {
        public readonly long[] Buckets = new long[Bounds.Length + 1];
        public long Calls;
        public long Errors;
    }
}
