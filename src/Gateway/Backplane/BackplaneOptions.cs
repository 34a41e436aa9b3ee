using Microsoft.Extensions.Options;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>How nodes reach each other: section <c>Gateway</c>.</summary>
internal sealed class BackplaneOptions
{
    /// <value>
    /// Redis or Valkey through which several nodes are one: <c>host:port[,user=…][,password=…][,ssl=true][,auth=entra[,clientId=…]]</c>.
    /// <c>auth=entra</c> logs in with tokens of the gateway's identity.
    /// </value>
    [Setting(Default = "one node")]
    public string? Redis { get; set; }

    /// <value>How nodes watch each other: section <c>Gateway:Nodes</c>.</value>
    public NodeWatchOptions Nodes { get; } = new();
}

/// <summary>How nodes watch each other.</summary>
internal sealed class NodeWatchOptions
{
    /// <value>
    /// With Redis: a node that has not been heard of for so long is given up, and the others tell the upstream that its connections are
    /// gone.
    /// </value>
    [Setting(Allowed = "1 s to 5 min")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Checks <see cref="BackplaneOptions"/> at start.</summary>
internal sealed class BackplaneOptionsValidator : IValidateOptions<BackplaneOptions>
{
    public ValidateOptionsResult Validate(string? name, BackplaneOptions options) =>
        !string.IsNullOrEmpty(options.Redis) && !RedisAddress.TryParse(options.Redis, out _) ? ValidateOptionsResult.Fail(RedisAddress.Form)
        : options.Nodes.Timeout < TimeSpan.FromSeconds(1) || options.Nodes.Timeout > TimeSpan.FromMinutes(5) ? ValidateOptionsResult.Fail(
            "Gateway:Nodes:Timeout is out of range. Write a time from 00:00:01 to 00:05:00 (hours:minutes:seconds).")
        : ValidateOptionsResult.Success;
}
