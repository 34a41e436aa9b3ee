using System.Globalization;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>Represents an event that may be sent more than once: the values by which functions recognize it, and the state of its attempts.</summary>
/// <param name="id">The event's id; the same for every attempt, on any node.</param>
/// <param name="sequence">Its place among the connection's events; null if it is not known.</param>
/// <param name="time">The time at which the gateway received it.</param>
internal sealed class UpstreamEvent(string id, int? sequence, DateTimeOffset time)
{
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(1);

    private TimeSpan _waited;

    public string Id { get; } = id;

    public int? Sequence { get; } = sequence;

    public DateTimeOffset Time { get; } = time;

    /// <summary>Gets or sets the number of the present attempt, from 1.</summary>
    public int Attempt { get; set; }

    /// <summary>Gets or sets the time limit of this attempt, if it is shorter than the configured one.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.MaxValue;

    /// <summary>Gets or sets the token that ends the event's waits: when the node stops, or the client has cancelled its stream.</summary>
    public CancellationToken Ending { get; set; }

    /// <summary>Gets a value that indicates whether this is a dead letter that an operator sends again.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Gets or sets the wait that the last answer requested; zero if it requested none.</summary>
    public TimeSpan RetryAfter { get; set; }

    /// <summary>
    /// Returns an event's id. Each connection has one <c>connected</c> and one <c>disconnected</c>, so a node that reports the connections of
    /// a lost node gets the same ids.
    /// </summary>
    public static string IdOf(string connectionId, string category, string eventName, int? sequence) =>
        category == UpstreamCategories.Connections || sequence is null
            ? $"{connectionId}.{eventName}"
            : string.Create(CultureInfo.InvariantCulture, $"{connectionId}.{sequence}");

    /// <summary>Records the time that the attempt waited for a connection. The time limit of a message includes it.</summary>
    public void Waits(in UpstreamPass pass)
    {
        var isEvent = UpstreamCallKinds.IsEvent(pass.Kind);
        _waited = isEvent ? pass.Waited : TimeSpan.Zero;
        var left = isEvent ? Timeout : Timeout - pass.Waited;
        Timeout = left > MinTimeout ? left : MinTimeout;
    }

    /// <summary>Returns once the time that the attempt waited for a connection and that the policy's time limit does not include.</summary>
    public TimeSpan TakeWaited()
    {
        var waited = _waited;
        _waited = TimeSpan.Zero;
        return waited;
    }

    /// <summary>Gets the sequence in the form of its header; null if it is not known.</summary>
    public string? SequenceText => Sequence?.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets the attempt in the form of its header.</summary>
    public string AttemptText => Attempt.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets the time in the form of its header.</summary>
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

    /// <summary>Records an answer's <c>Retry-After</c>.</summary>
    public void Read(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - now ?? TimeSpan.Zero;
        RetryAfter = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
