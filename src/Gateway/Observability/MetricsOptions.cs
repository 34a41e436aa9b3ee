using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Observability;

/// <summary>Who may read metrics: section <c>Gateway:Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    /// <summary>Shorter ones can be guessed.</summary>
    public const int LeastCharacters = 16;

    /// <value>What a scraper of <c>/metrics</c> sends as its bearer token; see <see href="metrics.md">metrics.md</see>.</value>
    [Setting(IsSecret = true, Allowed = "text of at least 16 characters", Default = "none: open in Development, not there elsewhere")]
    public string? Token { get; set; }
}

/// <summary>Checks <see cref="MetricsOptions"/> at start.</summary>
internal sealed class MetricsOptionsValidator : IValidateOptions<MetricsOptions>
{
    public ValidateOptionsResult Validate(string? name, MetricsOptions options) =>
        string.IsNullOrEmpty(options.Token) || options.Token.Length >= MetricsOptions.LeastCharacters
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Gateway:Metrics:Token is too short. Write at least {MetricsOptions.LeastCharacters} characters, such as 'openssl rand -hex 16' prints.");
}
