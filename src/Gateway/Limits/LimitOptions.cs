using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Limits;

/// <summary>Represents the limits of this node's memory: section <c>Gateway:Limits</c>.</summary>
internal sealed class LimitOptions
{
    /// <value>
    /// The maximum of bytes of messages, waiting calls and unfinished requests that the node holds for all its clients together. Above half of
    /// it the node reads more slowly; at the maximum it refuses new work with 429.
    /// </value>
    [Setting(Allowed = "1048576 and more", Default = "a quarter of the memory that the process may use")]
    public long? MaxQueuedBytes { get; set; }
}

/// <summary>Represents the limit of this node's clients: section <c>Gateway:Clients</c>.</summary>
internal sealed class ClientLimitOptions
{
    /// <value>The maximum of clients connected to this node. Further ones are answered with 429.</value>
    [Setting(Allowed = "1 to what the descriptor limit allows", Default = "what the descriptor limit allows")]
    public int? MaxConnections { get; set; }
}

/// <summary>Represents the limit of this node's connections to upstreams: section <c>Gateway:Upstream</c>.</summary>
internal sealed class UpstreamLimitOptions
{
    /// <value>Connections to one upstream host; all hosts together have twice as many. Calls beyond them wait in order. Half of them may be held by streams.</value>
    [Setting(Allowed = "1 to 32768", Default = "a 32nd of the descriptor limit, 16 to 1024")]
    public int? MaxConnections { get; set; }
}

/// <summary>Checks the three classes of limits at start, alone and against the limits of the process.</summary>
internal sealed class LimitOptionsValidator :
    IValidateOptions<LimitOptions>, IValidateOptions<ClientLimitOptions>, IValidateOptions<UpstreamLimitOptions>
{
    private const long MinQueuedBytes = 1024 * 1024;
    private const int MaxUpstreamConnections = 32_768;

    public ValidateOptionsResult Validate(string? name, LimitOptions options) => options.MaxQueuedBytes is < MinQueuedBytes
        ? ValidateOptionsResult.Fail($"Gateway:Limits:MaxQueuedBytes is out of range. Write a number of bytes, {MinQueuedBytes} or more.")
        : ValidateOptionsResult.Success;

    public ValidateOptionsResult Validate(string? name, ClientLimitOptions options)
    {
        var max = NodeBudget.MaxClients(DescriptorLimit.Raise());
        return options.MaxConnections is < 1 || options.MaxConnections > max
            ? ValidateOptionsResult.Fail(
                $"Gateway:Clients:MaxConnections is out of range. Write a number from 1 to {max}, which is what the descriptor limit of this "
                + $"process ({DescriptorLimit.Raise()}) allows; raise that limit (ulimit -n, LimitNOFILE) for more.")
            : ValidateOptionsResult.Success;
    }

    public ValidateOptionsResult Validate(string? name, UpstreamLimitOptions options) =>
        options.MaxConnections is < 1 or > MaxUpstreamConnections
            ? ValidateOptionsResult.Fail(
                $"Gateway:Upstream:MaxConnections is out of range. Write a number from 1 to {MaxUpstreamConnections}.")
            : ValidateOptionsResult.Success;
}
