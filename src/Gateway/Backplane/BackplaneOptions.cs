using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>Provides the settings of the connection between nodes: section <c>Gateway</c>.</summary>
internal sealed class BackplaneOptions
{
    /// <value>
    /// The Redis or Valkey that connects the nodes:
    /// <c>host:port[,user=…][,password=…][,ssl=true][,auth=entra[,clientId=…]][,prefix=…]</c>.
    /// <c>auth=entra</c> logs in with tokens of the gateway's identity. <c>prefix=</c>, by default <c>sg</c>, begins the name of each key and
    /// channel: deployments that share a Redis need different ones.
    /// </value>
    [Setting(IsSecret = true, Default = "one node")]
    public string? Redis { get; set; }

    /// <value>
    /// With Redis: the guarantee for messages between nodes when Redis, or the connection to it, fails; see
    /// [delivery guarantees](reference/nodes.md#delivery-guarantees).
    /// </value>
    [Setting]
    public DeliveryGuarantee Delivery { get; set; }

    /// <value>Settings of streams: section <c>Gateway:Streams</c>.</value>
    public StreamOptions Streams { get; } = new();

    /// <value>Settings of the watch between nodes: section <c>Gateway:Nodes</c>.</value>
    public NodeWatchOptions Nodes { get; } = new();
}

/// <summary>Provides the settings of the watch between nodes.</summary>
internal sealed class NodeWatchOptions
{
    /// <value>
    /// With Redis: a node that has not reported for this time is declared lost, and another node reports the end of its connections to the
    /// upstream.
    /// </value>
    [Setting(Allowed = "1 s to 5 min")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <value>
    /// With Redis: accepts messages of other nodes without a signature, for the time of an upgrade from a version that does not sign; see
    /// [the upgrade](operations.md#upgrade-from-a-version-that-does-not-sign-messages). Read again when it changes.
    /// </value>
    [Setting]
    public bool AcceptUnsigned { get; set; }
}

/// <summary>Checks <see cref="BackplaneOptions"/> at start.</summary>
internal sealed class BackplaneOptionsValidator : IValidateOptions<BackplaneOptions>
{
    private const long MaxBytes = 1L << 40;

    public ValidateOptionsResult Validate(string? name, BackplaneOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        if (!string.IsNullOrEmpty(options.Redis) && !RedisAddress.TryParse(options.Redis, out _))
        {
            errors.AddError(RedisAddress.Form);
        }

        if (options.Nodes.Timeout < TimeSpan.FromSeconds(1) || options.Nodes.Timeout > TimeSpan.FromMinutes(5))
        {
            errors.AddError("Gateway:Nodes:Timeout is out of range. Write a time from 00:00:01 to 00:05:00 (hours:minutes:seconds).");
        }

        if (!Enum.IsDefined(options.Delivery))
        {
            errors.AddError("Gateway:Delivery is wrong. Write AtMostOnce or AtLeastOnce.");
        }

        if (options.Streams.Time < TimeSpan.FromSeconds(10) || options.Streams.Time > TimeSpan.FromHours(1))
        {
            errors.AddError("Gateway:Streams:Time is out of range. Write a time from 00:00:10 to 01:00:00 (hours:minutes:seconds).");
        }

        if (options.Streams.Bytes is < 1024 * 1024 or > MaxBytes)
        {
            errors.AddError("Gateway:Streams:Bytes is out of range. Write a number from 1048576 to 1099511627776.");
        }

        if (options.Streams.QueueBytes is < 1024 * 1024 or > MaxBytes)
        {
            errors.AddError("Gateway:Streams:QueueBytes is out of range. Write a number from 1048576 to 1099511627776.");
        }

        return errors.Build();
    }
}
