using Microsoft.Extensions.Options;
using Serverless.Gateway.Backplane.Redis;

namespace Serverless.Gateway.Backplane;

/// <summary>How nodes reach each other: section <c>Gateway</c>.</summary>
internal sealed class BackplaneOptions
{
    /// <value>Redis, as <see cref="RedisAddress"/> reads it. Default none: one node.</value>
    public string? Redis { get; set; }
}

/// <summary>Checks <see cref="BackplaneOptions"/> at start.</summary>
internal sealed class BackplaneOptionsValidator : IValidateOptions<BackplaneOptions>
{
    public ValidateOptionsResult Validate(string? name, BackplaneOptions options) =>
        string.IsNullOrEmpty(options.Redis) || RedisAddress.TryParse(options.Redis, out _)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(RedisAddress.Form);
}
