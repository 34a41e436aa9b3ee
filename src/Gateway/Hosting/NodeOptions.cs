using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>This process's life: section <c>Gateway:Nodes</c>.</summary>
internal sealed class NodeOptions
{
    /// <value>Time to let clients move and calls finish when the process is told to stop. Default 30 s.</value>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Checks <see cref="NodeOptions"/> at start.</summary>
internal sealed class NodeOptionsValidator : IValidateOptions<NodeOptions>
{
    public ValidateOptionsResult Validate(string? name, NodeOptions options) =>
        options.DrainTime >= TimeSpan.Zero && options.DrainTime <= TimeSpan.FromHours(1)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                "Gateway:Nodes:DrainTime is out of range. Write a time from 00:00:00 to 01:00:00 (hours:minutes:seconds).");
}
