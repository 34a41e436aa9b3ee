using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream;

/// <summary>Where events go: section <c>UpstreamSettings</c>, in the emulator's shape.</summary>
internal sealed class UpstreamSettings
{
    /// <summary>The template that is used in Development when none is configured.</summary>
    public const string DevelopmentUrl = "http://localhost:7071/api/upstream/{hub}/{category}/{event}";

    /// <summary>Tried from the top; the first whose three patterns match is called.</summary>
    public IList<UpstreamTemplateOptions> Templates { get; } = [];
}

/// <summary>One template. An absent pattern matches everything.</summary>
internal sealed class UpstreamTemplateOptions
{
    /// <value>
    /// Where events go; <c>{hub}</c>, <c>{category}</c> and <c>{event}</c> are replaced, percent-encoded, and
    /// <c>{@Microsoft.KeyVault(SecretUri=https://…)}</c> by that secret as it is. <c>:1</c> and so on for more; the first whose patterns
    /// match is used. Read again when it changes.
    /// </value>
    [Setting(Allowed = "`http` or `https` URL", Default = "none: in Development `http://localhost:7071/api/upstream/{hub}/{category}/{event}`")]
    public string UrlTemplate { get; set; } = "";

    /// <value><c>*</c>, or hub names separated by commas, compared with case. SDKs write hub names in lower case.</value>
    [Setting]
    public string? HubPattern { get; set; } = "*";

    /// <value><c>*</c>, or of <c>connections</c> and <c>messages</c>, separated by commas.</value>
    [Setting]
    public string? CategoryPattern { get; set; } = "*";

    /// <value><c>*</c>, or <c>connected</c>, <c>disconnected</c> and method names, separated by commas.</value>
    [Setting]
    public string? EventPattern { get; set; } = "*";

    /// <value>Which token goes along.</value>
    public UpstreamAuthOptions? Auth { get; set; } = new();

    /// <value>Whether an event that fails is sent again. This project's own, as the next.</value>
    public UpstreamRetryOptions? Retry { get; set; } = new();

    /// <value>Whether an event that fails for good is kept.</value>
    [Setting]
    public bool DeadLetter { get; set; }
}

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

/// <summary>Checks <see cref="UpstreamSettings"/> at start.</summary>
internal sealed class UpstreamSettingsValidator : IValidateOptions<UpstreamSettings>
{
    public ValidateOptionsResult Validate(string? name, UpstreamSettings options)
    {
        var errors = new List<string>();
        for (var i = 0; i < options.Templates.Count; i++)
        {
            // A null in a JSON file is bound as one.
            var url = options.Templates[i].UrlTemplate ?? "";
            var pieces = KeyVaultReference.Split(url);
            foreach (var secret in pieces.Select(piece => piece.SecretUri).OfType<string>().Where(secret => !KeyVaultReference.IsSafe(secret)))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:UrlTemplate refers to the secret '{secret}'. "
                    + "Write its https address, such as https://name.vault.azure.net/secrets/name.");
            }

            if (options.Templates[i].Auth is { Type: UpstreamAuthType.ManagedIdentity } auth && string.IsNullOrEmpty(auth.ManagedIdentity?.Resource))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:Auth:ManagedIdentity:Resource is missing. "
                    + "Write the upstream application's client id or identifier URI; tokens are for it.");
            }

            errors.AddRange(options.Templates[i].Retry?.Errors($"UpstreamSettings:Templates:{i}:Retry") ?? []);

            // A secret may be any part of the address; nobody knows which yet.
            var sample = UpstreamTemplate.Expand(string.Concat(pieces.Select(piece => piece.Text)), "hub", "messages", "event");
            if (pieces.Count == 1 && (!Uri.TryCreate(sample, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:UrlTemplate is '{url}', which is no address. "
                    + "Write one like https://app.example.com/api/upstream/{hub}/{category}/{event}.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
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
