using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Protocol.Tests.Access;

public class AccessTokensTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1795289948);

    // The payloads were recorded from Microsoft.Azure.SignalR.Management 1.29.1; the order of names may differ.
    [Fact]
    public void A_token_without_user_is_what_the_sdk_makes() => AssertPayload(
        """{"nbf":1795289948,"exp":1795293548,"iat":1795289948,"iss":"azure-signalr","aud":"http://127.0.0.1/client/?hub=chathub"}""",
        AccessTokens.Create(Key, "http://127.0.0.1/client/?hub=chathub", Now, TimeSpan.FromHours(1)));

    [Fact]
    public void A_token_with_user_and_colliding_claims_is_what_the_sdk_makes() => AssertPayload(
        """
        {"asrs.s.uid":"u1","asrs.s.dc":"true","asrs.s.derror":"True","asrs.s.coae":"true","asrs.s.aeo":"1795293548","role":"admin",
         "asrs.u.aud":"x","nbf":1795289948,"exp":1795293548,"iat":1795289948,"iss":"azure-signalr",
         "aud":"http://127.0.0.1/client/?hub=chathub"}
        """,
        AccessTokens.Create(Key, "http://127.0.0.1/client/?hub=chathub", Now, TimeSpan.FromHours(1), "u1",
        [
            new(ServiceClaims.Diagnostic, "true"), new(ServiceClaims.DetailedErrors, "True"),
            new(ServiceClaims.CloseOnAuthExpiration, "true"), new(ServiceClaims.AuthExpiresOn, "1795293548"),
            new("role", "admin"), new("aud", "x"),
        ]));

    [Fact]
    public void Repeated_types_become_arrays_and_a_second_subject_a_user_claim() => AssertPayload(
        """
        {"asrs.s.uid":"u1","role":["a","b"],"sub":"s1","asrs.u.sub":"s2","n":5,"asrs.u.exp":["1","2"],
         "nbf":1795289948,"exp":1795289949,"iat":1795289948,"iss":"azure-signalr","aud":"a"}
        """,
        AccessTokens.Create(Key, "a", Now, TimeSpan.FromSeconds(1), "u1",
        [
            new("role", "a"), new("sub", "s1"), new("role", "b"), new("sub", "s2"), new("n", "5", ClaimValueTypes.Integer),
            new("exp", "1"), new("exp", "2"), new(ServiceClaims.UserId, "somebody else"),
        ]));

    [Fact]
    public void The_header_names_hs256_and_the_signature_is_over_the_keys_text()
    {
        var parts = AccessTokens.Create(Key, "a", Now, TimeSpan.FromHours(1)).Split('.');

        AssertJson("""{"alg":"HS256","typ":"JWT"}""", Base64UrlEncoder.Decode(parts[0]));
        Assert.Equal(Sign($"{parts[0]}.{parts[1]}"), parts[2]);
    }

    [Theory]
    [InlineData("""{"aud":"http://localhost/client/?hub=chat","exp":4102444800,"asrs.s.uid":"u1"}""", "fcDjHDtvMK0GV4fjC6oERZJfeQjv42oRH4Es7BIAG-4")]
    [InlineData("""{"aud":"http://localhost/api/hubs/chat/:send","exp":4102444800}""", "-ObXzIeGlkqi-dkbbaZZiYIGDb1oQRrwBqaOzysjVcc")]
    public async Task Published_vectors_verify_under_the_library_that_the_tokens_are_made_with(string payload, string signature)
    {
        var signed = $"{Base64UrlEncoder.Encode("""{"alg":"HS256","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(payload)}";
        Assert.Equal(signature, Sign(signed));

        var result = await new JsonWebTokenHandler().ValidateTokenAsync($"{signed}.{signature}", new TokenValidationParameters
        {
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key)),
            ValidateIssuer = false,
            ValidateAudience = false,
        });
        Assert.True(result.IsValid, result.Exception?.Message);
    }

    [Fact]
    public void A_short_key_and_an_overlong_token_are_refused_with_the_reason()
    {
        var shortKey = Assert.Throws<ArgumentException>(() => AccessTokens.Create("short", "a", Now, TimeSpan.FromHours(1)));
        var tooLong = Assert.Throws<ArgumentException>(() =>
            AccessTokens.Create(Key, "a", Now, TimeSpan.FromHours(1), null, [new("big", new string('x', 4096))]));

        Assert.Contains("32 bytes", shortKey.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'short'", shortKey.Message, StringComparison.Ordinal);
        Assert.Contains("4096", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Audiences_are_the_clients_address_and_the_request_without_its_query()
    {
        Assert.Equal("http://h/client/?hub=chathub", AccessTokens.ClientAudience("http://h/", "ChatHub"));
        Assert.Equal(
            "http://localhost:8888/api/hubs/chat/users/a%2Fb/:send",
            AccessTokens.RestAudience(new Uri("http://localhost:8888/api/hubs/chat/users/a%2Fb/:send?api-version=2022-06-01&excluded=x")));
    }

    [Theory]
    [InlineData("asrs.s.uid", true)]
    [InlineData("aud", true)]
    [InlineData("role", false)]
    [InlineData("asrs.u.aud", false)]
    public void System_claims_are_told_from_the_users(string type, bool system) => Assert.Equal(system, ServiceClaims.IsSystem(type));

    [Fact]
    public void The_user_prefix_is_taken_off_when_a_claim_is_shown()
    {
        Assert.Equal("aud", ServiceClaims.Exposed("asrs.u.aud"));
        Assert.Equal("role", ServiceClaims.Exposed("role"));
    }

    private static string Sign(string text) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(text)));

    private static void AssertPayload(string expected, string token) => AssertJson(expected, Base64UrlEncoder.Decode(token.Split('.')[1]));

    private static void AssertJson(string expected, string actual)
    {
        using var expectedJson = JsonDocument.Parse(expected);
        using var actualJson = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(expectedJson.RootElement, actualJson.RootElement), $"expected {expected} but was {actual}");
    }
}
