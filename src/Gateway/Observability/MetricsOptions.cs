using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Observability;

/// <summary>Options for access to metrics: section <c>Gateway:Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    /// <summary>The least length of a token; shorter ones can be guessed.</summary>
    public const int LeastCharacters = 16;

    /// <value>The bearer token that a scraper of <c>/metrics</c> sends; see <see href="metrics.md">metrics.md</see>.</value>
    [Setting(IsSecret = true, Allowed = "text of at least 16 characters", Default = "none: open in Development, absent elsewhere")]
    public string? Token { get; set; }
}

/// <summary>Checks <see cref="MetricsOptions"/> at start.</summary>
internal sealed class MetricsOptionsValidator : IValidateOptions<MetricsOptions>
{
    public ValidateOptionsResult Validate(string? name, MetricsOptions options) =>
        string.IsNullOrEmpty(options.Token) || options.Token.Length >= MetricsOptions.LeastCharacters
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Gateway:Metrics:Token is too short. Write at least {MetricsOptions.LeastCharacters} characters, such as the output of 'openssl rand -hex 16'.");
}
