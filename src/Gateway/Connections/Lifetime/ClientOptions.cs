using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Represents the limits and timers of client connections: section <c>Gateway:Clients</c>.</summary>
internal sealed class ClientOptions
{
    private const int OneMegabyte = 1_048_576;

    /// <value>A client that sends a message of this size or more is closed, with the reason.</value>
    [Setting(Allowed = "1024 to 67108864")]
    public int MaxMessageBytes { get; set; } = OneMegabyte;

    /// <value>
    /// The maximum of bytes that wait for a client whose socket takes none, plus 80 for each message. A client above it is closed as too slow.
    /// </value>
    [Setting(Allowed = "16384 to 1073741824")]
    public int OutboxBytes { get; set; } = OneMegabyte; // as the service

    /// <value>Time for the SignalR handshake after the transport has started. A token may set its own (<c>asrs.s.cht</c>).</value>
    [Setting(Allowed = "1 s to 5 min")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <value>The interval at which each client is pinged.</value>
    [Setting(Allowed = "1 s to 10 min")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15); // half of what clients wait for

    /// <value>A client that has pinged once and then sends nothing for this time is closed, and may reconnect.</value>
    [Setting(Allowed = "2 s to 20 min")]
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>
    /// Whether every client is closed when its token expires, and may reconnect. A token may request it (<c>asrs.s.coae</c>), with its own time
    /// (<c>asrs.s.aeo</c>).
    /// </value>
    [Setting]
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <value>
    /// A long-polling client that has had no open poll for this time is disconnected. A token may set its own (<c>asrs.s.ttl</c>).
    /// </value>
    [Setting(Allowed = "1 s to 5 min")]
    public TimeSpan MaxPollInterval { get; set; } = TimeSpan.FromSeconds(5); // as the service

    /// <value>A poll without messages is answered, with an empty body, after this time.</value>
    [Setting(Allowed = "1 s to 10 min")]
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(90); // as ASP.NET Core; clients give up after 100 s

    /// <value>With stateful reconnect: the time for which a connection that has lost its socket waits for its client.</value>
    [Setting(Allowed = "1 s to 5 min")]
    public TimeSpan StatefulReconnectTimeout { get; set; } = TimeSpan.FromSeconds(15); // as ASP.NET Core

    /// <value>
    /// With stateful reconnect: sending pauses while a client has this many bytes to acknowledge. Messages that wait count against
    /// <c>OutboxBytes</c>.
    /// </value>
    [Setting(Allowed = "1 KiB to 64 MiB")]
    public int StatefulReconnectBufferBytes { get; set; } = 100_000; // as ASP.NET Core

    /// <value>An origin that browsers may connect from; <c>:1</c> and so on for more.</value>
    [Setting(Allowed = "such as `https://app.example.com`, or `*`", Default = "none: any")]
    public IList<string> AllowedOrigins { get; } = [];
}

/// <summary>Checks <see cref="ClientOptions"/> at start.</summary>
internal sealed class ClientOptionsValidator : IValidateOptions<ClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ClientOptions options)
    {
        const int Mebi = 1024 * 1024;
        var errors = new List<string>();
        Check(options.MaxMessageBytes is >= 1024 and <= 64 * Mebi, "MaxMessageBytes", "a number of bytes from 1024 to 67108864");
        Check(options.OutboxBytes is >= 16 * 1024 and <= 1024 * Mebi, "OutboxBytes", "a number of bytes from 16384 to 1073741824");
        CheckTime(options.HandshakeTimeout, 1, 300, "HandshakeTimeout");
        CheckTime(options.KeepAlive, 1, 600, "KeepAlive");
        CheckTime(options.ClientTimeout, 2, 1200, "ClientTimeout");
        CheckTime(options.MaxPollInterval, 1, 300, "MaxPollInterval");
        CheckTime(options.PollTimeout, 1, 600, "PollTimeout");
        CheckTime(options.StatefulReconnectTimeout, 1, 300, "StatefulReconnectTimeout");
        Check(
            options.StatefulReconnectBufferBytes is >= 1024 and <= 64 * Mebi,
            "StatefulReconnectBufferBytes",
            "a number of bytes from 1024 to 67108864");
        for (var i = 0; i < options.AllowedOrigins.Count; i++)
        {
            var origin = options.AllowedOrigins[i];
            Check(
                origin == "*" || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin),
                $"AllowedOrigins:{i}",
                "an origin without a path, such as https://app.example.com, or *");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void CheckTime(TimeSpan value, int min, int max, string key) => Check(
            value >= TimeSpan.FromSeconds(min) && value <= TimeSpan.FromSeconds(max),
            key,
            $"a time from {TimeSpan.FromSeconds(min):c} to {TimeSpan.FromSeconds(max):c} (hours:minutes:seconds)");

        void Check(bool right, string key, string wanted)
        {
            if (!right)
            {
                errors.Add($"Gateway:Clients:{key} is out of range. Write {wanted}.");
            }
        }
    }
}
