using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Negotiation;

public class NegotiatorTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1795289948);

    // The payloads were recorded from Microsoft.Azure.SignalR.Management 1.29.1.
    [Fact]
    public void A_negotiation_without_options_is_what_the_sdk_gives()
    {
        var response = Negotiate(new NegotiateOptions { Hub = "ChatHub" });

        Assert.Equal("http://127.0.0.1:5299/client/?hub=chathub", response.Url);
        AssertPayload(
            """{"nbf":1795289948,"exp":1795293548,"iat":1795289948,"iss":"azure-signalr","aud":"http://127.0.0.1/client/?hub=chathub"}""",
            response);
    }

    [Fact]
    public void A_negotiation_with_options_is_what_the_sdk_gives() => AssertPayload(
        """
        {"asrs.s.uid":"u1","asrs.s.dc":"true","asrs.s.derror":"True","asrs.s.coae":"true","asrs.s.aeo":"1795293548","role":"admin",
         "asrs.u.aud":"x","nbf":1795289948,"exp":1795293548,"iat":1795289948,"iss":"azure-signalr",
         "aud":"http://127.0.0.1/client/?hub=chathub"}
        """,
        Negotiate(new NegotiateOptions
        {
            Hub = "chathub",
            UserId = "u1",
            Claims = [new("role", "admin"), new("aud", "x")],
            CloseOnAuthenticationExpiration = true,
            EnableDetailedErrors = true,
            IsDiagnosticClient = true,
        }));

    [Fact]
    public void A_users_claims_cannot_speak_to_the_gateway() => AssertPayload(
        """{"team":"red","nbf":1795289948,"exp":1795290008,"iat":1795289948,"iss":"azure-signalr","aud":"http://127.0.0.1/client/?hub=h"}""",
        Negotiate(new NegotiateOptions
        {
            Hub = "h",
            Claims = [new(ServiceClaims.UserId, "admin"), new(ServiceClaims.HandshakeTimeout, "30"), new("team", "red")],
            Lifetime = TimeSpan.FromMinutes(1),
        }));

    [Fact]
    public void Clients_are_sent_to_the_client_endpoint_with_a_token_for_the_endpoint()
    {
        var negotiator = new Negotiator(
            ServiceConnectionString.Parse($"Endpoint=http://inner;AccessKey={HubHost.Key};ClientEndpoint=https://edge.example/base/"));

        var response = negotiator.Negotiate(new NegotiateOptions { Hub = "h" });

        Assert.Equal("https://edge.example/base/client/?hub=h", response.Url);
        Assert.Contains("\"http://inner/client/?hub=h\"", Payload(response), StringComparison.Ordinal);
        Assert.DoesNotContain(response.AccessToken, response.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_or_wrong_hub_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Negotiate(new NegotiateOptions()));
        Assert.Throws<ArgumentException>(() => Negotiate(new NegotiateOptions { Hub = "a&hub=b" }));
        Assert.Throws<ArgumentException>(() => new Negotiator(ServiceConnectionString.Parse("Endpoint=https://h;AuthType=azure")));
    }

    private static NegotiateResponse Negotiate(NegotiateOptions options) => new Negotiator(
        ServiceConnectionString.Parse($"Endpoint=http://127.0.0.1;Port=5299;AccessKey={HubHost.Key};Version=1.0;"), new FixedTime())
        .Negotiate(options);

    private static string Payload(NegotiateResponse response) => Base64UrlEncoder.Decode(response.AccessToken.Split('.')[1]);

    private static void AssertPayload(string expected, NegotiateResponse response)
    {
        using var expectedJson = JsonDocument.Parse(expected);
        using var actualJson = JsonDocument.Parse(Payload(response));
        Assert.True(JsonElement.DeepEquals(expectedJson.RootElement, actualJson.RootElement), Payload(response));
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
