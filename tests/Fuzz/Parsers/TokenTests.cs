using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Support.Time;

namespace Serverless.Fuzz.Parsers;

/// <summary>Access tokens, signed or not, and the tokens of connections.</summary>
public sealed class TokenTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private static readonly FakeTime Time = new();
    private static readonly AccessKeys Keys = MakeKeys();
    private static readonly TokenValidator Validator = new(Keys, Time, NullLogger<TokenValidator>.Instance);

    [Fact]
    public Task Only_what_a_key_has_signed_is_accepted() => FuzzRun.RunAsync("tokens", static (input, _) =>
    {
        var text = Encoding.UTF8.GetString(input);
        if (Validate(text))
        {
            Assert.True(IsSigned(text), text);
        }
    });

    [Fact]
    public Task A_signed_token_of_any_content_is_accepted_or_refused() => FuzzRun.RunAsync("tokens", static (input, random) =>
    {
        // The change is applied to the payload's JSON; the header stays valid.
        var parts = Encoding.UTF8.GetString(input).Split('.');
        var payload = parts.Length > 1 && Base64Url.IsValid(parts[1]) ? Base64Url.DecodeFromChars(parts[1]) : input;
        var changed = new Mutator([new CorpusFile("", payload)], random).Next(out _);
        var signed = $"{Base64Url.EncodeToString("""{"alg":"HS256"}"""u8)}.{Base64Url.EncodeToString(changed)}";
        var text = $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.ASCII.GetBytes(signed)))}";
        _ = Validate(text);
    });

    [Fact]
    public Task A_connection_token_that_was_changed_is_refused() => FuzzRun.RunAsync("tokens", static (input, random) =>
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        var tokens = new ConnectionToken(Keys, Time);
        var token = tokens.Create(NodeId.Create(), hub, "ann", isStateful: false, out var id);
        Assert.Equal((true, id), (tokens.Check(token, hub, "ann").IsValid, tokens.Check(token, hub, "ann").ConnectionId));
        Assert.False(tokens.Check(Encoding.UTF8.GetString(input), hub, "ann").IsValid);
        var changed = Encoding.ASCII.GetString(new Mutator([new CorpusFile("", Encoding.ASCII.GetBytes(token))], random).Next(out _));
        Assert.True(changed == token || !tokens.Check(changed, hub, "ann").IsValid, changed);
    });

    private static bool Validate(string text)
    {
        var checking = Validator.ValidateAsync(text, static _ => true, takesTemporaryKeys: true).AsTask();
        Assert.True(checking.IsCompletedSuccessfully);
        var result = checking.Result;
        Assert.True(result.Token is null == result.Reason is not null);
        return result.Token is not null && ClientIdentity.From(result.Token).Expires > Time.GetUtcNow();
    }

    private static bool IsSigned(string text)
    {
        var dot = text.LastIndexOf('.');
        var signed = Encoding.ASCII.GetBytes(text[..dot]);
        var signature = Base64Url.DecodeFromChars(text.AsSpan(dot + 1));
        return TokenHead.TryRead(text, out var head) && Keys.Current.Secrets
            .Concat(TemporaryKeys.IsId(head.KeyId) ? TemporaryKeys.SecretsOf(Keys.Current, head.KeyId!) : [])
            .Any(secret => HMACSHA256.HashData(secret, signed).AsSpan().SequenceEqual(signature) || HMACSHA512.HashData(secret, signed).AsSpan().SequenceEqual(signature));
    }

    private static AccessKeys MakeKeys()
    {
        var options = new AccessOptions();
        options.AccessKeys.Add(Key);
        return new AccessKeys(Options.Create(options));
    }
}
