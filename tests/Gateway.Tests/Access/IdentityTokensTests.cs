using Azure.Core;
using Serverless.Gateway.Access;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Access;

public sealed class IdentityTokensTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeCredential _credential;
    private readonly IdentityTokens _tokens;

    public IdentityTokensTests()
    {
        _credential = new FakeCredential(_time);
        _tokens = new IdentityTokens(new Lazy<TokenCredential>(_credential), _time);
    }

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task A_token_is_kept_per_scope_until_shortly_before_its_end()
    {
        Assert.Equal("Bearer token-1 of a", await GetAsync("a"));
        Assert.Equal("Bearer token-1 of a", await GetAsync("a"));
        Assert.Equal("Bearer token-2 of b", await GetAsync("b"));
        _time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("Bearer token-1 of a", await GetAsync("a"));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("Bearer token-3 of a", await GetAsync("a"));
    }

    [Fact]
    public async Task Many_callers_at_once_ask_once()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => GetAsync("a"))));
        Assert.All(all, header => Assert.Equal("Bearer token-1 of a", header));
        Assert.Equal(1, _credential.Asked);
    }

    [Fact]
    public async Task While_no_new_token_can_be_had_the_last_one_serves_to_its_end()
    {
        await GetAsync("a");
        _credential.Fails = true;
        _time.Advance(TimeSpan.FromMinutes(57));
        Assert.Equal("Bearer token-1 of a", await GetAsync("a"));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("no identity here", (await Assert.ThrowsAsync<IdentityUnavailableException>(() => GetAsync("a"))).Message);
    }

    [Fact]
    public async Task A_failure_is_not_tried_again_at_once_but_soon()
    {
        _credential.Fails = true;
        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<IdentityUnavailableException>(() => GetAsync("a"));
        }

        Assert.Equal(1, _credential.Asked);
        _credential.Fails = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("Bearer token-2 of a", await GetAsync("a"));
    }

    private Task<string> GetAsync(string scope) => _tokens.GetAsync(scope, CancellationToken.None).AsTask();
}
