using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Access;
using Serverless.Support.Processes;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Access;

/// <summary>Tests tokens of an issuer on this machine, with real RSA keys.</summary>
public sealed class EntraTests : IAsyncLifetime, IDisposable
{
    private readonly FakeTime _time = new();
    private LocalIssuer _issuer = null!;
    private EntraTokens _tokens = null!;

    public async Task InitializeAsync()
    {
        _issuer = await LocalIssuer.StartAsync();
        _tokens = new EntraTokens(Options.Create(new EntraOptions { Authority = _issuer.Authority }), _time, NullLogger<EntraTokens>.Instance);
    }

    public async Task DisposeAsync() => await _issuer.DisposeAsync();

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task A_token_of_the_issuer_is_accepted_with_the_rights_of_its_roles()
    {
        var result = await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow(), ["SignalR REST API Owner", "x"]));
        Assert.Equal((EntraRights.Read | EntraRights.Write, null, false), (result.Rights, result.Reason, result.IsUnavailable));
        Assert.Null((await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow(), audience: LocalIssuer.Audience + "/"))).Reason);
        Assert.Equal(1, _issuer.Asked); // once for all tokens
    }

    [Fact]
    public async Task Anything_wrong_with_a_token_is_named()
    {
        var now = _time.GetUtcNow();
        await RefusedAsync("another audience", _issuer.Token(now, audience: "https://other.azure.com"));
        await RefusedAsync("another issuer", _issuer.Token(now, issuer: "https://sts.windows.net/x/"));
        await RefusedAsync("expired", _issuer.Token(now.AddHours(-2)));
        await RefusedAsync("not valid yet", _issuer.Token(now.AddMinutes(6)));
        await RefusedAsync("does not publish", _issuer.Token(now, key: 1));
        await RefusedAsync("malformed", "x.y.z");
        await RefusedAsync("malformed", "");
        var good = _issuer.Token(now);
        var dot = good.LastIndexOf('.') + 10;
        await RefusedAsync("signature is wrong", $"{good[..dot]}{(good[dot] == 'A' ? 'B' : 'A')}{good[(dot + 1)..]}");
        await RefusedAsync("signature is wrong", Unsigned(now));
        await RefusedAsync("signature is wrong", SignedWithThePublicKey(now));
    }

    [Fact]
    public async Task Tokens_of_any_shape_are_refused()
    {
        var files = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "tokens"));
        Assert.True(files.Length > 40, "The tokens were not found.");
        var header = _issuer.Token(_time.GetUtcNow()).Split('.')[0];
        foreach (var file in files)
        {
            var token = await File.ReadAllTextAsync(file);
            Assert.NotNull((await _tokens.ValidateAsync(token)).Reason);

            // The same with a header that is valid, so that the signature is checked.
            var parts = token.Split('.');
            parts[0] = header;
            Assert.NotNull((await _tokens.ValidateAsync(string.Join('.', parts))).Reason);
        }
    }

    [Fact]
    public async Task A_token_ends_at_its_moment_by_the_gateways_clock()
    {
        var token = _issuer.Token(_time.GetUtcNow());
        Assert.Null((await _tokens.ValidateAsync(token)).Reason);
        _time.Advance(TimeSpan.FromMinutes(61));
        await RefusedAsync("expired", token);
    }

    [Fact]
    public async Task A_tenant_s_tokens_of_both_versions_are_accepted_and_no_other_tenant_s()
    {
        var options = new EntraOptions { Authority = _issuer.Authority, TenantId = "tenant-1" };
        using var tokens = new EntraTokens(Options.Create(options), _time, NullLogger<EntraTokens>.Instance);
        var now = _time.GetUtcNow();
        Assert.Null((await tokens.ValidateAsync(_issuer.Token(now))).Reason);
        Assert.Null((await tokens.ValidateAsync(_issuer.Token(now, issuer: "https://sts.windows.net/tenant-1/"))).Reason);
        Assert.NotNull((await tokens.ValidateAsync(_issuer.Token(now, issuer: "https://sts.windows.net/tenant-2/"))).Reason);
        Assert.Equal(
            "https://login.microsoftonline.com/tenant-1/v2.0/.well-known/openid-configuration",
            new EntraOptions { TenantId = "tenant-1" }.MetadataAddress);
    }

    [Fact]
    public async Task A_key_roll_over_is_noticed_by_the_first_token_of_the_new_key()
    {
        await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow()));
        _issuer.RollOver();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null((await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow(), key: 1))).Reason);
        await RefusedAsync("does not publish", _issuer.Token(_time.GetUtcNow(), key: 0));
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact]
    public async Task Tokens_with_unknown_keys_do_not_make_the_gateway_ask_all_the_time()
    {
        for (var i = 0; i < 20; i++)
        {
            await RefusedAsync("does not publish", _issuer.Token(_time.GetUtcNow(), key: 1));
        }

        Assert.Equal(1, _issuer.Asked);
    }

    [Fact]
    public async Task While_the_issuer_has_never_answered_nobody_can_tell_and_then_it_goes_on()
    {
        _issuer.IsUp = false;
        var result = await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow()));
        Assert.True(result.IsUnavailable);
        Assert.Contains("does not answer", result.Reason, StringComparison.Ordinal);
        _issuer.IsUp = true;
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null((await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow()))).Reason);
    }

    [Fact]
    public async Task What_the_issuer_published_once_is_used_while_it_is_away()
    {
        Assert.Null((await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow()))).Reason);
        _issuer.IsUp = false;
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Null((await _tokens.ValidateAsync(_issuer.Token(_time.GetUtcNow()))).Reason);
    }

    [Theory]
    [InlineData("SignalR App Server", EntraRights.Tokens)]
    [InlineData("SignalR Service Owner", EntraRights.Read | EntraRights.Write | EntraRights.Tokens)]
    [InlineData("SignalR REST API Owner", EntraRights.Read | EntraRights.Write)]
    [InlineData("SignalR REST API Reader", EntraRights.Read)]
    [InlineData("SignalR.RestApi.Reader", EntraRights.Read)]
    [InlineData("SignalRAppServer", EntraRights.Tokens)]
    [InlineData("Owner", EntraRights.None)]
    [InlineData("", EntraRights.None)]
    internal void Roles_give_rights(string role, EntraRights rights) => Assert.Equal(rights, EntraRoles.Of([role]));

    [Theory]
    [InlineData("http://login.example.com/t", "", "Gateway:Entra:Authority")]
    [InlineData("login", "", "Gateway:Entra:Authority")]
    [InlineData("", "a/b", "Gateway:Entra:TenantId")]
    [InlineData("http://localhost:1/", "", null)]
    [InlineData("https://login.microsoftonline.us/t/v2.0", "t", null)]
    [InlineData("", "", null)]
    [InlineData(null, null, null)]
    public void The_issuer_is_reached_over_tls_or_on_this_machine(string? authority, string? tenant, string? error)
    {
        var result = new EntraOptionsValidator().Validate(null, new EntraOptions { Authority = authority, TenantId = tenant });
        Assert.Equal(error is null, result.Succeeded);
        Assert.Contains(error ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string reason, string token)
    {
        var result = await _tokens.ValidateAsync(token);
        Assert.Equal((EntraRights.None, false), (result.Rights, result.IsUnavailable));
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }

    private string Unsigned(DateTimeOffset now)
    {
        var parts = _issuer.Token(now).Split('.');
        return $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.";
    }

    // The known attack: HMAC with the public key as its secret.
    private string SignedWithThePublicKey(DateTimeOffset now)
    {
        var parts = _issuer.Token(now).Split('.');
        var signed = $"{Base64UrlEncoder.Encode("""{"alg":"HS256","typ":"JWT","kid":"key-0"}""")}.{parts[1]}";
        var signature = System.Security.Cryptography.HMACSHA256.HashData(_issuer.PublicKey, Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }
}
