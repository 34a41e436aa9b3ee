using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Provides the settings of upstream calls: section <c>Gateway:Upstream</c>.</summary>
internal sealed class UpstreamOptions
{
    /// <value>The time limit of an upstream call; for a stream, of the start of its answer.</value>
    [Setting(Allowed = "0.1 s to 1 h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100); // as the emulator's HTTP client

    /// <value>
    /// The bytes of messages, plus 512 for each, that may wait for a connection's earlier calls. Beyond it the gateway stops reading from that
    /// client until there is room.
    /// </value>
    [Setting(Allowed = "1024 to 1073741824")]
    public int QueueBytes { get; set; } = 1024 * 1024;

    /// <value>The maximum of streams that one connection has open at its upstream; further ones are answered with an error.</value>
    [Setting(Allowed = "0 to 100000")]
    public int MaxStreams { get; set; } = 100;

    /// <value>
    /// The maximum of streams that all connections of one user to a node have open; further ones are answered with an error. A connection
    /// without a user counts as a user of its own.
    /// </value>
    [Setting(Allowed = "0 to 100000", Default = "a quarter of `MaxConnections`, at most 100")]
    public int? MaxStreamsPerUser { get; set; }

    /// <value>
    /// A stream ends with an error when its upstream has written nothing into it for this time; zero for no limit while the client is
    /// connected.
    /// </value>
    [Setting(Allowed = "0, or 0.1 s to 1 day")]
    public TimeSpan StreamIdleTimeout { get; set; }

    /// <value>
    /// The effect of a failed <c>connected</c> call on the client. 401 and 403 always close the connection, and 404 never does.
    /// </value>
    [Setting]
    public OnConnectedFailure OnConnectedFailure { get; set; } = OnConnectedFailure.Tolerate;

    /// <value>
    /// The form of user ids, claims, queries and event names in headers when they are not printable ASCII: percent-encoded and listed in
    /// <c>X-Gateway-Encoded-Headers</c>, or as UTF-8, which Azure Functions hosts answer with 500.
    /// </value>
    [Setting]
    public HeaderEncoding HeaderEncoding { get; set; } = HeaderEncoding.Percent;

    /// <value>
    /// Adds <c>X-Gateway-Signature</c> to requests, which signs the user, claims, event and body as well as the connection id; see hubs.md.
    /// </value>
    [Setting]
    public bool SignRequests { get; set; } = true;

    /// <value>
    /// Sends a message once more when a reused connection ends before the answer begins, although the upstream may have read the message.
    /// Events of connections, and messages that the upstream cannot have read, are always sent once more.
    /// </value>
    [Setting]
    public bool ResendMessages { get; set; }
}

/// <summary>The form of header values that are not printable ASCII.</summary>
internal enum HeaderEncoding
{
    /// <summary>The value is percent-encoded as a whole, and its header is listed.</summary>
    Percent,

    /// <summary>The value is UTF-8. Only values with control characters or outer spaces are percent-encoded and listed.</summary>
    Utf8,
}

/// <summary>The effect of a failed <c>connected</c> event on the client.</summary>
internal enum OnConnectedFailure
{
    /// <summary>The client stays connected, as in the emulator.</summary>
    Tolerate,

    /// <summary>The connection is closed, and the client may reconnect.</summary>
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
