using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Hosting;

/// <summary>The start and stop of this process: section <c>Gateway:Nodes</c>.</summary>
internal sealed class NodeOptions
{
    /// <value>Time for clients to move and calls to finish after the process is asked to stop.</value>
    [Setting(Allowed = "0 to 1 h")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>
    /// Longest time over which a draining node closes its clients: 10 ms for each, at most this, and never more than half of
    /// <c>Gateway:Nodes:DrainTime</c>.
    /// </value>
    [Setting(Allowed = "0 to 1 h")]
    public TimeSpan DrainSpread { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Checks <see cref="NodeOptions"/> at start.</summary>
internal sealed class NodeOptionsValidator : IValidateOptions<NodeOptions>
{
    public ValidateOptionsResult Validate(string? name, NodeOptions options) =>
        (IsInRange(options.DrainTime), IsInRange(options.DrainSpread)) switch
        {
            (true, true) => ValidateOptionsResult.Success,
            (false, true) => ValidateOptionsResult.Fail(OutOfRange("DrainTime")),
            (true, false) => ValidateOptionsResult.Fail(OutOfRange("DrainSpread")),
            _ => ValidateOptionsResult.Fail([OutOfRange("DrainTime"), OutOfRange("DrainSpread")]),
        };

    private static bool IsInRange(TimeSpan time) => time >= TimeSpan.Zero && time <= TimeSpan.FromHours(1);

    private static string OutOfRange(string key) =>
        $"Gateway:Nodes:{key} is out of range. Write a time from 00:00:00 to 01:00:00 (hours:minutes:seconds).";
}
