using System.Collections.Concurrent;
using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Tests.Access;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream.Secrets;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers Key Vault references in URL templates, with a local vault.</summary>
public sealed class KeyVaultTests : IAsyncLifetime, IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();
    private IdentityTokens _identity = null!;
    private KeyVaultSecrets _secrets = null!;
    private LocalVault _vault = null!;

    public async Task InitializeAsync()
    {
        _vault = await LocalVault.StartAsync();
        _identity = new IdentityTokens(new Lazy<TokenCredential>(new FakeCredential(_time)), _time);
        _secrets = new KeyVaultSecrets(new KeyVaultReader(_identity), _time, _log);
    }

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    public void Dispose()
    {
        _secrets.Dispose();
        _identity.Dispose();
    }

    [Fact]
    public async Task A_secret_is_put_in_as_it_is_and_asked_for_with_the_identity_s_token()
    {
        _vault.Secrets["code"] = "a+b{event}/=";
        using var routes = Routes($"http://h/{{event}}?code={Reference("code")}&hub={{hub}}");
        await Waits.UntilAsync(() => Url(routes) is not null, "the secret is read");
        Assert.Equal("http://h/x?code=a+b{event}/=&hub=chat", Url(routes));
        Assert.Equal("Bearer token-1 of https://vault.azure.net/.default 7.4", _vault.LastSecretRequest);
    }

    [Fact]
    public async Task A_secret_may_be_the_whole_address()
    {
        _vault.Secrets["url"] = "https://app.example.com/up?code=x";
        using var routes = Routes(Reference("url"));
        await Waits.UntilAsync(() => Url(routes) == "https://app.example.com/up?code=x", "the secret is read");
    }

    [Fact]
    public async Task Until_a_secret_has_been_read_the_route_lacks_it_and_it_is_tried_again()
    {
        using var routes = Routes($"http://h/?code={Reference("code")}");
        await Waits.UntilAsync(() => !_log.Lines.IsEmpty, "the failure is logged");
        Assert.Equal(new UpstreamRoute(0, null, LacksSecret: true, Shown: "http://h/?code=***"), routes.Find("chat", "messages", "x"));
        Assert.Contains(_log.Lines, line => line.Contains("answered 404", StringComparison.Ordinal) && line.Contains("/secrets/code", StringComparison.Ordinal));
        _vault.Secrets["code"] = "late";
        await AdvanceUntilAsync(KeyVaultSecrets.RetryAfter, () => Url(routes) == "http://h/?code=late");
    }

    [Fact]
    public async Task A_secret_is_read_anew_every_30_minutes_and_stays_while_the_vault_does_not_answer()
    {
        _vault.Secrets["code"] = "one-secret";
        using var routes = Routes($"http://h/?code={Reference("code")}");
        await Waits.UntilAsync(() => Url(routes) == "http://h/?code=one-secret", "the secret is read");
        _vault.Secrets["code"] = "two-secret";
        Assert.Equal("http://h/?code=one-secret", Url(routes));
        await AdvanceUntilAsync(TimeSpan.FromMinutes(10), () => Url(routes) == "http://h/?code=two-secret");
        _vault.Secrets.Clear();
        await AdvanceUntilAsync(TimeSpan.FromMinutes(10), () => !_log.Lines.IsEmpty);
        Assert.Equal("http://h/?code=two-secret", Url(routes));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("-secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://h/?code={@Microsoft.KeyVault(SecretUri=https://name.vault.azure.net/secrets/code)}", null)]
    [InlineData("{@microsoft.keyvault(SecretUri=https://name.vault.azure.net/secrets/url/0123)}", null)]
    [InlineData("https://h/?code={@Microsoft.KeyVault(SecretUri=http://name.vault.azure.net/secrets/code)}", "refers to the secret 'http://name")]
    [InlineData("https://h/?code={@Microsoft.KeyVault(SecretUri=)}", "refers to the secret ''")]
    [InlineData("https://h/?code={@Microsoft.KeyVault(VaultName=a;SecretName=b)}", null)] // the service's other forms stay text
    public void References_are_checked(string template, string? error)
    {
        var result = new UpstreamSettingsValidator().Validate(null, Settings(template));
        Assert.Equal(error is null, result.Succeeded);
        Assert.Contains(error ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Auth":null}""", null)]
    [InlineData("""{"Auth":{"Type":"None","ManagedIdentity":{"Resource":null}}}""", null)]
    [InlineData("""{"Auth":{"Type":"ManagedIdentity","ManagedIdentity":{"Resource":"api://x"}}}""", null)]
    [InlineData("""{"Auth":{"Type":"ManagedIdentity"}}""", "Templates:0:Auth:ManagedIdentity:Resource is missing")]
    [InlineData("""{"Auth":{"Type":"ManagedIdentity","ManagedIdentity":null}}""", "Templates:0:Auth:ManagedIdentity:Resource is missing")]
    [InlineData("""{"Auth":{"Type":"ManagedIdentity","ManagedIdentity":{"Resource":null}}}""", "Templates:0:Auth:ManagedIdentity:Resource is missing")]
    [InlineData("""{"UrlTemplate":null}""", "Templates:0:UrlTemplate is ''")]
    public void A_template_s_nulls_are_nothing_written(string json, string? error)
    {
        using var file = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($$"""{"Templates":[{{json}}]}"""));
        var settings = Settings("http://h/");
        new ConfigurationBuilder().AddJsonStream(file).Build().GetSection("Templates:0").Bind(settings.Templates[0]);
        var result = new UpstreamSettingsValidator().Validate(null, settings);
        Assert.Equal(error is null, result.Succeeded);
        Assert.Contains(error ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private static UpstreamSettings Settings(string template) => new() { Templates = { new UpstreamTemplateOptions { UrlTemplate = template } } };

    private static string? Url(UpstreamRoutes routes) => routes.Find("chat", "messages", "x").Url?.ToString();

    private string Reference(string name) => $"{{@Microsoft.KeyVault(SecretUri={_vault.SecretUri(name)})}}";

    private UpstreamRoutes Routes(string template) => new(new Fixed(Settings(template)), _secrets);

    // The clock may advance before the timer is set; it then advances once more.
    private Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition) => Waits.UntilAsync(
        () =>
        {
            _time.Advance(step);
            return condition();
        },
        "the secret is read again");

    private sealed class Fixed(UpstreamSettings settings) : IOptionsMonitor<UpstreamSettings>
    {
        public UpstreamSettings CurrentValue => settings;

        public UpstreamSettings Get(string? name) => settings;

        public IDisposable? OnChange(Action<UpstreamSettings, string?> listener) => null;
    }

    private sealed class RecordingLog : ILogger<KeyVaultSecrets>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
