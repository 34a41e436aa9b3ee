using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Backplane;
using Serverless.Protocol;

namespace Serverless.Fuzz.Parsers;

/// <summary>Connection strings, whose secrets must not appear in an error or a text.</summary>
public sealed class SettingTests
{
    private const string Secret = "corpus-key-0123456789-0123456789-secret";

    [Fact]
    public Task A_connection_string_is_read_or_refused_and_its_secret_is_not_repeated() => FuzzRun.RunAsync("connection-strings", static (input, _) =>
    {
        var text = Encoding.UTF8.GetString(input);
        if (ServiceConnectionString.TryParse(text, out var parsed, out var error))
        {
            // The mutation may have moved a key into the endpoint.
            var shown = parsed.ToString();
            Assert.True(parsed.AccessKey is not { Length: > 8 } key || parsed.Endpoint.ToString().Contains(key, StringComparison.Ordinal) || !shown.Contains(key, StringComparison.Ordinal));
            Assert.True(parsed.Endpoint.IsAbsoluteUri && parsed.AudienceBase.EndsWith('/'));
        }
        else
        {
            Assert.DoesNotContain(Secret, error, StringComparison.Ordinal);
        }
    });

    [Fact]
    public Task A_redis_address_is_read_or_refused() => FuzzRun.RunAsync("connection-strings", static (input, _) =>
    {
        if (RedisAddress.TryParse(Encoding.UTF8.GetString(input), out var address))
        {
            Assert.InRange(address.Port, 1, ushort.MaxValue);
            Assert.True(address.Ssl || !address.UsesEntra);
        }
    });
}
