using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Connections;

/// <summary>Limits and timers of client connections: section <c>Gateway:Clients</c>.</summary>
internal sealed class ClientOptions
{
    private const int OneMegabyte = 1_048_576;

    /// <value>An inbound message of this size or more is refused. Default 1,048,576 bytes; 1 KiB to 64 MiB.</value>
    public int MaxMessageBytes { get; set; } = OneMegabyte;

    /// <value>
    /// Bytes that may wait for a client whose socket takes none, before it is closed as too slow. Default 1 MiB, as the service.
    /// </value>
    public int OutboxBytes { get; set; } = OneMegabyte;

    /// <value>Time for the SignalR handshake after the transport has started. Default 15 s.</value>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <value>How often each client is pinged. Default 15 s: half of what clients wait for.</value>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <value>A client that has pinged once and is then silent for so long is closed. Default 30 s.</value>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>
    /// Whether every connection is closed when its token expires, and not only those whose token asks for it. Default false.
    /// </value>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <value>A long-polling client that has had no poll open for so long is gone. Default 5 s, as the service.</value>
    public TimeSpan MaxPollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <value>A poll that nothing came for is answered after so long. Default 90 s, as ASP.NET Core; clients give up after 100 s.</value>
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <value>
    /// With stateful reconnect: how long a connection whose transport was lost waits for its client. Default 15 s, as ASP.NET Core.
    /// </value>
    public TimeSpan StatefulReconnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <value>
    /// With stateful reconnect: sending waits while a client has so many bytes to acknowledge. Default 100,000, as ASP.NET Core.
    /// </value>
    public int StatefulReconnectBufferBytes { get; set; } = 100_000;

    /// <value>Origins that browsers may connect from, such as https://app.example.com. Default empty: any.</value>
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

        void CheckTime(TimeSpan value, int least, int most, string key) => Check(
            value >= TimeSpan.FromSeconds(least) && value <= TimeSpan.FromSeconds(most),
            key,
            $"a time from {TimeSpan.FromSeconds(least):c} to {TimeSpan.FromSeconds(most):c} (hours:minutes:seconds)");

        void Check(bool right, string key, string wanted)
        {
            if (!right)
            {
                errors.Add($"Gateway:Clients:{key} is out of range. Write {wanted}.");
            }
        }
    }
}
