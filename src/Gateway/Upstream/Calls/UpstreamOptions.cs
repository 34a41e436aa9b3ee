using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>How upstreams are called: section <c>Gateway:Upstream</c>.</summary>
internal sealed class UpstreamOptions
{
    /// <value>Time for a whole upstream call; for a stream, until its answer begins.</value>
    [Setting(Allowed = "0.1 s to 1 h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100); // as the emulator's HTTP client

    /// <value>
    /// Bytes of messages that may wait for a connection's earlier calls, with 512 for each; beyond it the gateway stops reading that client
    /// until there is room.
    /// </value>
    [Setting(Allowed = "1024 to 1073741824")]
    public int QueueBytes { get; set; } = 1024 * 1024;

    /// <value>Streams that one connection may have open at its upstream; one more is answered with an error.</value>
    [Setting(Allowed = "0 to 100000")]
    public int MaxStreams { get; set; } = 100;

    /// <value>
    /// Streams that the connections of one user to this node may have open together; one more is answered with an error. A connection
    /// without a user counts by itself.
    /// </value>
    [Setting(Allowed = "0 to 100000", Default = "a quarter of `MaxConnections`, at most 100")]
    public int? MaxStreamsPerUser { get; set; }

    /// <value>
    /// How long an upstream may write nothing into a stream before the stream ends in an error; zero for no limit while its client is
    /// there.
    /// </value>
    [Setting(Allowed = "0, or 0.1 s to 1 day")]
    public TimeSpan StreamIdleTimeout { get; set; }

    /// <value>
    /// What a failed <c>connected</c> call does to the client, other than 401 and 403, which always close it, and 404, which never does.
    /// </value>
    [Setting]
    public OnConnectedFailure OnConnectedFailure { get; set; } = OnConnectedFailure.Tolerate;

    /// <value>
    /// How user ids, claims, queries and events beyond printable ASCII travel in headers: percent-encoded and listed in
    /// <c>X-Gateway-Encoded-Headers</c>, or as UTF-8, which hosts of Azure Functions answer with 500.
    /// </value>
    [Setting]
    public HeaderEncoding HeaderEncoding { get; set; } = HeaderEncoding.Percent;

    /// <value>
    /// Whether requests carry <c>X-Gateway-Signature</c>, which signs user, claims, event and body beside the connection id; see hubs.md.
    /// </value>
    [Setting]
    public bool SignRequests { get; set; } = true;

    /// <value>
    /// Whether a message is sent once more when a kept connection ends before its answer begins, though the upstream may have read it. An
    /// event of a connection always is, and a message that the upstream cannot have read.
    /// </value>
    [Setting]
    public bool ResendMessages { get; set; }
}

/// <summary>The form of header values beyond printable ASCII.</summary>
internal enum HeaderEncoding
{
    /// <summary>Percent-encoded as a whole, and listed.</summary>
    Percent,

    /// <summary>UTF-8; only values with control characters or outer spaces are percent-encoded and listed.</summary>
    Utf8,
}

/// <summary>What a failed connected event does to the client.</summary>
internal enum OnConnectedFailure
{
    /// <summary>The client stays, as in the emulator.</summary>
    Tolerate,

    /// <summary>The client is closed and may reconnect.</summary>
    Close,
}

/// <summary>Checks <see cref="UpstreamOptions"/> at start.</summary>
internal sealed class UpstreamOptionsValidator : IValidateOptions<UpstreamOptions>
{
    public ValidateOptionsResult Validate(string? name, UpstreamOptions options)
    {
        var errors = new List<string>();
        if (options.Timeout < TimeSpan.FromMilliseconds(100) || options.Timeout > TimeSpan.FromHours(1))
        {
            errors.Add("Gateway:Upstream:Timeout is out of range. Write a time from 00:00:00.1 to 01:00:00 (hours:minutes:seconds).");
        }

        if (options.QueueBytes is < 1024 or > 1024 * 1024 * 1024)
        {
            errors.Add("Gateway:Upstream:QueueBytes is out of range. Write a number of bytes from 1024 to 1073741824.");
        }

        if (options.MaxStreams is < 0 or > 100_000)
        {
            errors.Add("Gateway:Upstream:MaxStreams is out of range. Write a number from 0 to 100000.");
        }

        if (options.MaxStreamsPerUser is < 0 or > 100_000)
        {
            errors.Add("Gateway:Upstream:MaxStreamsPerUser is out of range. Write a number from 0 to 100000.");
        }

        if (options.StreamIdleTimeout != TimeSpan.Zero
            && (options.StreamIdleTimeout < TimeSpan.FromMilliseconds(100) || options.StreamIdleTimeout > TimeSpan.FromDays(1)))
        {
            errors.Add("Gateway:Upstream:StreamIdleTimeout is out of range. "
                + "Write 0 for none, or a time from 00:00:00.1 to 1.00:00:00 (days.hours:minutes:seconds).");
        }

        if (!Enum.IsDefined(options.OnConnectedFailure))
        {
            errors.Add("Gateway:Upstream:OnConnectedFailure is unknown. Write Tolerate or Close.");
        }

        if (!Enum.IsDefined(options.HeaderEncoding))
        {
            errors.Add("Gateway:Upstream:HeaderEncoding is unknown. Write Percent or Utf8.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
