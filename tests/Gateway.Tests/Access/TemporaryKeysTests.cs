using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Access;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Access;

public sealed class TemporaryKeysTests
{
    private const string Primary = "primary-key-0123456789-0123456789-0123";
    private const string Secondary = "secondary-key-0123456789-0123456789-0123";

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_temporary_key_ends_after_90_minutes_whatever_its_tokens_say()
    {
        var token = Sign(TemporaryKeys.Create(Set(Primary), _time.GetUtcNow()));
        Assert.True(await IsAcceptedAsync(token, Primary));
        _time.Advance(TimeSpan.FromMinutes(89));
        Assert.True(await IsAcceptedAsync(token, Primary));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(await IsAcceptedAsync(token, Primary));
    }

    [Fact]
    public async Task A_temporary_key_ends_with_the_access_key_it_comes_from()
    {
        var token = Sign(TemporaryKeys.Create(Set(Primary, Secondary), _time.GetUtcNow()));
        Assert.True(await IsAcceptedAsync(token, Secondary, Primary)); // the keys are swapped
        Assert.False(await IsAcceptedAsync(token, Secondary));
    }

    [Fact]
    public async Task A_temporary_key_is_taken_only_where_it_is_asked_for()
    {
        var token = Sign(TemporaryKeys.Create(Set(Primary), _time.GetUtcNow()));
        var validator = new TokenValidator(new AccessKeys(Options.Create(Keys(Primary))), _time, NullLogger<TokenValidator>.Instance);
        Assert.Null((await validator.ValidateAsync(token, _ => true)).Token);
    }

    private static AccessOptions Keys(params string[] keys)
    {
        var options = new AccessOptions();
        foreach (var key in keys)
        {
            options.AccessKeys.Add(key);
        }

        return options;
    }

    private static AccessKeySet Set(params string[] keys) => new(Keys(keys));

    private static string Sign(TemporaryKey key) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
        """{"aud":"a","exp":4102444800}""",
        new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key.AccessKey)) { KeyId = key.KeyId }, "HS256"));

    private async Task<bool> IsAcceptedAsync(string token, params string[] keys) =>
        (await new TokenValidator(new AccessKeys(Options.Create(Keys(keys))), _time, NullLogger<TokenValidator>.Instance)
            .ValidateAsync(token, _ => true, takesTemporaryKeys: true)).Token is not null;
}
