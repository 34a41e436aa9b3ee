using System.Runtime.ExceptionServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Access;

public class TokenTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private const string OtherKey = "SECONDARYKEYSECONDARYKEYSECONDARYKEY01234567";

    private readonly FakeTime _time = new();

    // docs/contract/tokens.md#client-access-token and docs/contract/tokens.md#rest-token
    [Theory]
    [InlineData("""{"aud":"http://localhost/client/?hub=chat","exp":4102444800,"asrs.s.uid":"u1"}""", "fcDjHDtvMK0GV4fjC6oERZJfeQjv42oRH4Es7BIAG-4")]
    [InlineData("""{"aud":"http://localhost/api/hubs/chat/:send","exp":4102444800}""", "-ObXzIeGlkqi-dkbbaZZiYIGDb1oQRrwBqaOzysjVcc")]
    public async Task Published_vectors_are_accepted_and_any_other_signature_is_not(string payload, string signature)
    {
        var signed = $"{Base64UrlEncoder.Encode("""{"alg":"HS256","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(payload)}";
        Assert.NotNull((await Validator(Key).ValidateAsync($"{signed}.{signature}", _ => true)).Token);
        Assert.NotNull((await Validator(OtherKey, Key).ValidateAsync($"{signed}.{signature}", _ => true)).Token);
        Assert.Null((await Validator(OtherKey).ValidateAsync($"{signed}.{signature}", _ => true)).Token);
        Assert.Null((await Validator(Key).ValidateAsync($"{signed}.{(signature[0] == 'A' ? 'B' : 'A')}{signature[1..]}", _ => true)).Token);
    }

    [Fact]
    public async Task A_token_ends_at_its_moment_by_the_gateways_clock()
    {
        var token = AccessTokens.Create(Key, "a", _time.GetUtcNow(), TimeSpan.FromMinutes(1));
        Assert.NotNull((await Validator(Key).ValidateAsync(token, _ => true)).Token);
        _time.Advance(TimeSpan.FromSeconds(61));
        var refused = await Validator(Key).ValidateAsync(token, _ => true);
        Assert.Null(refused.Token);
        Assert.Contains("expired", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_several_audiences_is_enough_and_each_is_asked()
    {
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            """{"aud":["x","y"],"exp":4102444800}""", new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key)), "HS256"));
        Assert.NotNull((await Validator(Key).ValidateAsync(token, audience => audience == "y")).Token);
        Assert.Null((await Validator(Key).ValidateAsync(token, audience => audience == "z")).Token);
    }

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer  abc ", "abc")]
    [InlineData("Basic abc", null)]
    [InlineData("Bearer", null)]
    [InlineData("abc", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_a_bearer_header_holds_a_token(string? header, string? token) => Assert.Equal(token, BearerToken.Of(header));

    [Fact]
    public void A_connection_token_is_good_for_its_hub_and_user_and_time()
    {
        var hub = Hub("chat");
        var tokens = new ConnectionToken(Keys(Key), _time);
        var token = tokens.Create(NodeId.Create(), hub, "u1", isStateful: false, out var id);
        Assert.Matches("^[A-Za-z0-9_-]{63}$", token);

        var good = tokens.Check(token, hub, "u1");
        Assert.Equal((true, id, _time.GetUtcNow().AddSeconds(15)), (good.IsValid, good.ConnectionId, RoundUp(good.Expires)));
        Assert.False(tokens.Check(token, Hub("chat2"), "u1").IsValid);
        Assert.False(tokens.Check(token, hub, "u2").IsValid);
        Assert.False(tokens.Check(token, hub, null).IsValid);
        Assert.False(tokens.Check(token, Hub("chatu"), "1").IsValid); // the boundary between hub and user counts

        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.True(tokens.Check(token, hub, "u1").IsValid);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((false, id), (tokens.Check(token, hub, "u1").IsValid, tokens.Check(token, hub, "u1").ConnectionId));

        DateTimeOffset RoundUp(DateTimeOffset moment) => moment == _time.GetUtcNow().AddSeconds(15) ? moment : moment.AddTicks(_time.GetUtcNow().Ticks % 10_000);
    }

    [Fact]
    public void A_connection_token_tells_whether_stateful_reconnect_was_promised()
    {
        var tokens = new ConnectionToken(Keys(Key), _time);
        var hub = Hub("chat");
        Assert.True(tokens.Check(tokens.Create(NodeId.Create(), hub, null, isStateful: true, out _), hub, null).IsStateful);
        Assert.False(tokens.Check(tokens.Create(NodeId.Create(), hub, null, isStateful: false, out _), hub, null).IsStateful);
    }

    [Fact]
    public void Either_key_may_have_made_a_connection_token_and_no_other()
    {
        var hub = Hub("chat");
        var made = new ConnectionToken(Keys(OtherKey), _time).Create(NodeId.Create(), hub, null, isStateful: false, out _);
        Assert.True(new ConnectionToken(Keys(Key, OtherKey), _time).Check(made, hub, null).IsValid);
        Assert.False(new ConnectionToken(Keys(Key), _time).Check(made, hub, null).IsValid);
    }

    [Fact]
    public void A_connection_token_with_any_character_changed_or_missing_is_refused()
    {
        var hub = Hub("chat");
        var tokens = new ConnectionToken(Keys(Key), _time);
        var token = tokens.Create(NodeId.Create(), hub, "ü", isStateful: false, out _);
        for (var i = 0; i < token.Length; i++)
        {
            var other = token[i] == 'x' ? 'y' : 'x';
            Assert.False(tokens.Check($"{token[..i]}{other}{token[(i + 1)..]}", hub, "ü").IsValid, $"character {i}");
            Assert.False(tokens.Check(token.Remove(i, 1), hub, "ü").IsValid);
        }

        foreach (var bad in (string[])["", "=", "x", token + "A", token + token, new string('\0', 63), "ü" + token[1..]])
        {
            Assert.False(tokens.Check(bad, hub, "ü").IsValid);
        }
    }

    [Fact]
    public void A_user_of_any_length_may_have_a_connection_token()
    {
        var tokens = new ConnectionToken(Keys(Key), _time);
        foreach (var length in (int[])[0, 100, 148, 149, 150, 400, 1024, 4000])
        {
            var user = new string('ü', length);
            var token = tokens.Create(NodeId.Create(), Hub("chat"), user, isStateful: false, out _);
            Assert.True(tokens.Check(token, Hub("chat"), user).IsValid);
            Assert.False(tokens.Check(token, Hub("chat"), user + "ü").IsValid);
        }
    }

    [Theory]
    [InlineData("""{"asrs.s.uid":"u1","nameid":"u2","sub":"u3"}""", "u1")]
    [InlineData("""{"nameid":"u2","sub":"u3"}""", "u2")]
    [InlineData("""{"sub":"u3","nameid":"u2"}""", "u3")]
    [InlineData("""{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier":"u4"}""", "u4")]
    [InlineData("""{"asrs.s.uid":"","nameid":"u2"}""", "u2")]
    [InlineData("""{"asrs.s.uid":""}""", null)]
    [InlineData("""{"name":"x"}""", null)]
    [InlineData("""{"asrs.s.uid":17}""", "17")]
    public void The_user_is_the_system_claim_or_else_the_first_name_identifier(string payload, string? user) =>
        Assert.Equal(user, Identity(payload).UserId);

    [Theory]
    [InlineData("""{"asrs.s.cht":"7"}""", 7)]
    [InlineData("""{"asrs.s.cht":30}""", 30)]
    [InlineData("""{"asrs.s.cht":"0"}""", null)]
    [InlineData("""{"asrs.s.cht":"31"}""", null)]
    [InlineData("""{"asrs.s.cht":"x"}""", null)]
    [InlineData("""{"x":"y"}""", null)]
    public void A_token_may_set_the_handshakes_time(string payload, int? seconds) =>
        Assert.Equal(seconds, (int?)Identity(payload).HandshakeTimeout?.TotalSeconds);

    [Theory]
    [InlineData("""{"asrs.s.derror":"True"}""", true)]
    [InlineData("""{"asrs.s.derror":"true"}""", true)]
    [InlineData("""{"asrs.s.derror":"False"}""", false)]
    [InlineData("""{"asrs.s.derror":"x"}""", false)]
    [InlineData("""{"x":"y"}""", false)]
    public void A_token_may_ask_for_detailed_errors(string payload, bool detailed) => Assert.Equal(detailed, Identity(payload).DetailedErrors);

    [Theory]
    [InlineData("""{"asrs.s.uid":"u1","team":"red"}""", "asrs.s.uid: u1, team: red")]
    [InlineData("""{"asrs.u.aud":"x","aud":"y"}""", "aud: x, aud: y")]
    [InlineData("""{"role":["a","b"]}""", "role: a, http://schemas.microsoft.com/ws/2008/06/identity/claims/role: a, role: b, http://schemas.microsoft.com/ws/2008/06/identity/claims/role: b")]
    [InlineData("""{"name":"Doe, John"}""", "name: Doe, John")] // cut off at the comma by its readers, but no forgery
    [InlineData("""{"name":"Bob, role: admin"}""", "name: Bob%2C role: admin")]
    [InlineData("""{"name":"x: y"}""", "name: x: y")]
    [InlineData("""{"n":1,"b":true}""", "n: 1, b: true")]
    public void Claims_go_upstream_under_their_names(string payload, string header) => Assert.Equal(header, Identity(payload).ClaimsHeader);

    public static TheoryData<string> Forgeries =>
    [
        "Bob, role: admin", "Bob,role: admin", ",role: admin", "a,b,c, role: admin", ", role: admin,", "x: y, role: admin", "Bob, role: admin, x",
        "Bob,\trole: admin", "Bob,\u00a0role: admin", "Bob, role:  admin",
    ];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void No_value_reads_as_a_claim_of_its_own(string value)
    {
        var token = AccessTokens.Create(Key, "a", _time.GetUtcNow(), TimeSpan.FromHours(1), "u1", [new Claim("name", value), new Claim("z", "1")]);
        var claims = UserClaimsHeader.Parse(ClientIdentity.From(new JsonWebToken(token)).ClaimsHeader);
        Assert.DoesNotContain(claims, claim => claim.Key == "role");
        Assert.Contains(new("z", "1"), claims);
    }

    [Theory]
    [InlineData("", "Gateway:AccessKeys:0 is missing")]
    [InlineData("0123456789012345678901234567890", "Gateway:AccessKeys:0 is shorter than 32 bytes")]
    [InlineData("01234567890123456789012345678901", null)]
    [InlineData("üüüüüüüüüüüüüüüü", null)] // bytes count
    [InlineData("01234567890123456789012345678901 01234567890123456789012345678901 01234567890123456789012345678901", "Gateway:AccessKeys:2 is one too many")]
    public void Keys_are_two_at_most_and_long_enough(string keys, string? error)
    {
        var options = new AccessOptions();
        foreach (var key in keys.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            options.AccessKeys.Add(key);
        }

        var result = new AccessOptionsValidator().Validate(null, options);
        Assert.Equal(error is null, result.Succeeded);
        Assert.Contains(error ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    /// <summary>Gets the inputs, one in each file. Those named seed are valid.</summary>
    public static TheoryData<string> Shapes =>
        [.. Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "tokens")).Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_token_of_any_shape_is_accepted_or_refused_and_costs_one_exception_at_most(string file)
    {
        var token = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "tokens", file));
        var validator = Validator(Key);
        var (thread, thrown) = (Environment.CurrentManagedThreadId, 0);
        void Count(object? sender, FirstChanceExceptionEventArgs args) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        var result = validator.ValidateAsync(token, _ => true, takesTemporaryKeys: true);
        AppDomain.CurrentDomain.FirstChanceException -= Count;
        Assert.True(result.IsCompletedSuccessfully);
        Assert.Equal(file.StartsWith("seed", StringComparison.Ordinal), (await result).Token is not null);
        Assert.InRange(thrown, 0, file is "header-braces.txt" or "header-two-values.txt" or "header-half-surrogate.txt" or "header-deep.txt" ? 1 : 0);
    }

    // The app that signs chooses the claims freely.
    [Theory]
    [InlineData("""{"aud":"x","exp":1e400}""")]
    [InlineData("""{"aud":"x","exp":99999999999999999999999999}""")]
    [InlineData("""{"aud":"x","exp":-1}""")]
    [InlineData("""{"aud":"x","exp":"soon"}""")]
    [InlineData("""{"aud":"x","exp":null}""")]
    [InlineData("""{"aud":"x","exp":{}}""")]
    [InlineData("""{"aud":"x","exp":[1]}""")]
    [InlineData("""{"aud":"x","exp":4102444800,"nbf":1e400,"iat":-1e400}""")]
    [InlineData("""{"aud":"x","exp":4102444800,"nbf":"x","iat":{}}""")]
    [InlineData("""{"aud":"x","exp":4102444800,"asrs.s.aeo":1e400,"asrs.s.cht":1e400,"asrs.s.ttl":{},"asrs.s.htt":[1,"x"]}""")]
    [InlineData("""{"aud":"x","exp":4102444800,"asrs.s.uid":{"a":[1,null]},"sub":null,"nameid":[[]]}""")]
    [InlineData("""{"aud":[null,1,{}],"exp":4102444800}""")]
    [InlineData("""{"aud":{},"exp":4102444800}""")]
    [InlineData("""{"aud":17,"exp":4102444800}""")]
    [InlineData("""{"aud":"x","exp":4102444800,"asrs.s.uid":"\ud800"}""")]
    [InlineData("""{"aud":"x","exp":4102444800""")]
    [InlineData("""["aud","x"]""")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\u0000")]
    public async Task A_signed_token_with_any_claims_is_accepted_or_refused(string payload)
    {
        var signed = $"{Base64UrlEncoder.Encode("""{"alg":"HS256"}""")}.{Base64UrlEncoder.Encode(payload)}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.ASCII.GetBytes(signed));
        var hub = Hub("chat");
        var audiences = new Audiences(Options.Create(new AccessOptions()), NullLogger<Audiences>.Instance);
        foreach (var isAudience in (Func<string, bool>[])[_ => true, audience => audiences.IsForClient(audience, new("x", []), hub), audience => audiences.IsForRest(audience, new("x", []), RequestTarget.Parse("/api"), application: null)])
        {
            var result = await Validator(Key).ValidateAsync($"{signed}.{Base64UrlEncoder.Encode(signature)}", isAudience);
            Assert.True(result.Token is null ? result.Reason is not null : ClientIdentity.From(result.Token).Expires > _time.GetUtcNow());
        }
    }

    private static ClientIdentity Identity(string payload) =>
        ClientIdentity.From(new JsonWebToken($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{Base64UrlEncoder.Encode(payload)}."));

    private static HubName Hub(string name)
    {
        Assert.True(HubName.TryParseJoined(name, out var hub));
        return hub;
    }

    private static AccessKeys Keys(params string[] keys)
    {
        var options = new AccessOptions();
        foreach (var key in keys)
        {
            options.AccessKeys.Add(key);
        }

        return new AccessKeys(Options.Create(options));
    }

    private TokenValidator Validator(params string[] keys) => new(Keys(keys), _time, NullLogger<TokenValidator>.Instance);
}
