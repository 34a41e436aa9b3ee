using System.Globalization;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>An event that may be sent more than once: what functions know it by, and how its attempts went.</summary>
/// <param name="id">The same for each attempt, whichever node makes it.</param>
/// <param name="sequence">Its place among the connection's events; null where it is not known.</param>
/// <param name="time">When the gateway got it.</param>
internal sealed class UpstreamEvent(string id, int? sequence, DateTimeOffset time)
{
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(1);

    private TimeSpan _waited;

    public string Id { get; } = id;

    public int? Sequence { get; } = sequence;

    public DateTimeOffset Time { get; } = time;

    /// <summary>The attempt under way, from 1.</summary>
    public int Attempt { get; set; }

    /// <summary>Time for this attempt, if it is shorter than usual.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.MaxValue;

    /// <summary>Cancelled when the event need not wait any longer: the node stops, or the client has cancelled its stream.</summary>
    public CancellationToken Ending { get; set; }

    /// <summary>It is a dead letter that an operator sends again.</summary>
    public bool IsReplay { get; init; }

    /// <summary>What the last answer asked to wait; zero for nothing.</summary>
    public TimeSpan RetryAfter { get; set; }

    /// <summary>
    /// An event's id. Each connection has one <c>connected</c> and one <c>disconnected</c>, so a node that reports a lost node's
    /// connections finds the same id.
    /// </summary>
    public static string IdOf(string connectionId, string category, string eventName, int? sequence) =>
        category == UpstreamCategories.Connections || sequence is null
            ? $"{connectionId}.{eventName}"
            : string.Create(CultureInfo.InvariantCulture, $"{connectionId}.{sequence}");

    /// <summary>Takes note of the time that the attempt waited for a connection. The time limit of a message includes it.</summary>
    public void Waits(in UpstreamPass pass)
    {
        var isEvent = UpstreamCallKinds.IsEvent(pass.Kind);
        _waited = isEvent ? pass.Waited : TimeSpan.Zero;
        var left = isEvent ? Timeout : Timeout - pass.Waited;
        Timeout = left > MinTimeout ? left : MinTimeout;
    }

    /// <summary>Returns the time that the attempt waited for a connection and that the policy's time limit does not include, once.</summary>
    public TimeSpan TakeWaited()
    {
        var waited = _waited;
        _waited = TimeSpan.Zero;
        return waited;
    }

    /// <summary>Its place as the header has it; null where it is not known.</summary>
    public string? SequenceText => Sequence?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The attempt as the header has it.</summary>
    public string AttemptText => Attempt.ToString(CultureInfo.InvariantCulture);

    /// <summary>The time as the header has it.</summary>
    public string TimeText { get; } = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Adds the headers of this attempt.</summary>
    public void Mark(HttpRequestMessage request)
    {
        var headers = request.Headers;
        headers.TryAddWithoutValidation(EventHeaders.Id, Id);
        if (SequenceText is { } sequence)
        {
            headers.TryAddWithoutValidation(EventHeaders.Sequence, sequence);
        }

        headers.TryAddWithoutValidation(EventHeaders.Attempt, AttemptText);
        headers.TryAddWithoutValidation(EventHeaders.Time, TimeText);
    }

    /// <summary>Takes note of an answer's <c>Retry-After</c>.</summary>
    public void Read(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - now ?? TimeSpan.Zero;
        RetryAfter = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
