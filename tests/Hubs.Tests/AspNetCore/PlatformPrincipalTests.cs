using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>A user that the platform has signed in negotiates as that user.</summary>
public sealed class PlatformPrincipalTests : IAsyncLifetime
{
    private const string ObjectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    private HubApp _app = null!;

    public async Task InitializeAsync() => _app = await HubApp.StartAsync(
        app => app.MapServerlessHub<GuardedHub>("/guarded"),
        signalR =>
        {
            signalR.Services.AddAuthentication(PlatformAuthenticationExtensions.Scheme).AddPlatform();
            signalR.Services.AddAuthorization(options =>
            {
                options.AddPolicy("team", policy => policy.RequireClaim("team"));
                options.AddPolicy("even", policy => policy.RequireClaim("even"));
            });
        });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task The_platforms_user_negotiates_with_id_and_claims()
    {
        var token = await NegotiateAsync(Principal(
            $$"""{"auth_typ":"aad","claims":[{"typ":"{{ObjectId}}","val":"o1"},{"typ":"roles","val":"admin"},{"typ":"name","val":"Ä"}],"name_typ":"name","role_typ":"roles"}"""));
        Assert.Equal("o1", token!.GetClaim("asrs.s.uid").Value);
        Assert.Equal("admin", token.GetClaim("roles").Value);
        Assert.Equal("Ä", token.GetClaim("name").Value);
        Assert.Equal(("aad", "name", "roles"), (token.GetClaim("asrs.s.aut").Value, token.GetClaim("asrs.s.nt").Value, token.GetClaim("asrs.s.rt").Value));
    }

    [Fact]
    public async Task The_id_header_alone_is_enough()
    {
        var token = await NegotiateAsync(("X-MS-CLIENT-PRINCIPAL-ID", "u1"), ("X-MS-CLIENT-PRINCIPAL-NAME", "Ann"));
        Assert.Equal("u1", token!.GetClaim("asrs.s.uid").Value);
        Assert.Equal("Ann", token.GetClaim(ClaimTypes.Name).Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not base64!")]
    [InlineData("bm8ganNvbg==")] // no json
    [InlineData("eyJjbGFpbXMiOltdfQ==")] // {"claims":[]}
    public async Task Without_a_user_it_is_401(string? principal) =>
        Assert.Null(await NegotiateAsync(principal is null ? [] : [("X-MS-CLIENT-PRINCIPAL", principal)]));

    [Fact]
    public async Task A_principal_cannot_speak_to_the_gateway()
    {
        var token = await NegotiateAsync(Principal(
            """{"claims":[{"typ":"sub","val":"u1"},{"typ":"asrs.s.uid","val":"admin"},{"typ":"asrs.s.dc","val":"true"},{"typ":null,"val":"x"}]}"""));
        Assert.Equal("u1", Assert.Single(token!.Claims, claim => claim.Type == "asrs.s.uid").Value);
        Assert.DoesNotContain(token.Claims, claim => claim.Type == "asrs.s.dc");
    }

    [Fact]
    public void A_user_of_the_apps_own_authentication_is_taken_by_name_identifier_oid_or_sub()
    {
        Assert.Equal("n", User("Bearer", (ClaimTypes.NameIdentifier, "n"), ("sub", "s"))!.UserId);
        Assert.Equal("o", User("Bearer", ("sub", "s"), ("oid", "o"))!.UserId);
        Assert.Equal("s", User("Bearer", ("sub", "s"), ("colour", "red"))!.UserId);
        Assert.Equal("red", User("Bearer", ("sub", "s"), ("colour", "red"))!.Claims.Single().Value);
        Assert.Null(User(null, ("sub", "s")));
        Assert.Null(User("Bearer", ("name", "x")));
        Assert.Null(NegotiateOptions.ForUser(null));
    }

    private static NegotiateOptions? User(string? type, params (string Type, string Value)[] claims) =>
        NegotiateOptions.ForUser(new ClaimsPrincipal(new ClaimsIdentity(claims.Select(claim => new Claim(claim.Type, claim.Value)), type)));

    private static (string, string)[] Principal(string json) => [("X-MS-CLIENT-PRINCIPAL", Convert.ToBase64String(Encoding.UTF8.GetBytes(json)))];

    private async Task<JsonWebToken?> NegotiateAsync(params (string Name, string Value)[] headers)
    {
        var answer = await _app.NegotiateAsync("/guarded/negotiate", headers);
        Assert.True(answer.Status is 200 or 401, answer.Body);
        return answer.Status == 401 ? null : answer.Token;
    }
}
