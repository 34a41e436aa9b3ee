using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Support;
using Serverless.Support.Time;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>Negotiate requests: the app's authentication and the hub's attributes decide, and the token carries the user.</summary>
public sealed class NegotiateTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private Func<NegotiateContext, ValueTask>? _onNegotiate;
    private HubApp _app = null!;

    public async Task InitializeAsync() => _app = await HubApp.StartAsync(
        app =>
        {
            app.MapServerlessHub<LobbyHub>("/rooms/lobby");
            app.MapServerlessHub<MembersHub>("/members");
            app.MapServerlessHub<LeadersHub>("/leaders");
            app.MapServerlessHub<PublicHub>("/public").RequireAuthorization();
        },
        signalR =>
        {
            TestAuthentication.Add(signalR.Services);
            signalR.Services.AddAuthorization(options => options.AddPolicy("red", policy => policy.RequireClaim("team", "red")));
            signalR.Services.AddSingleton<TimeProvider>(_time).AddSingleton<IUserIdProvider, ByNumber>();
            signalR.AddServerless(options => options.OnNegotiate = context => _onNegotiate?.Invoke(context) ?? default);
        });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_client_is_given_an_address_and_a_token_and_the_answer_is_not_cached()
    {
        var answer = await _app.NegotiateAsync("/rooms/lobby/negotiate?negotiateVersion=1");

        Assert.Equal(200, answer.Status);
        Assert.Equal("application/json; charset=utf-8", answer.Response.Content.Headers.ContentType?.ToString());
        Assert.True(answer.Response.Headers.CacheControl?.NoStore);
        Assert.Equal(["url", "accessToken"], answer.Json.EnumerateObject().Select(property => property.Name));
        Assert.Equal("http://localhost:8888/client/?hub=lobbyhub&asrs.op=%2Frooms%2Flobby", answer.Url);
        Assert.DoesNotContain(answer.Token.Claims, claim => claim.Type.StartsWith("asrs.s.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/members", "", 401)]
    [InlineData("/members", "id=ann", 200)]
    [InlineData("/leaders", "", 401)]
    [InlineData("/leaders", "id=ann;team=red", 403)]
    [InlineData("/leaders", "id=ann;rank=lead", 403)]
    [InlineData("/leaders", "id=ann;rank=lead;team=red", 200)]
    [InlineData("/public", "", 200)]
    [InlineData("/rooms/lobby", "", 200)]
    public async Task Authentication_and_the_hub_s_attributes_decide(string hub, string user, int status) =>
        Assert.Equal(status, (await _app.NegotiateAsync(hub + "/negotiate", (TestAuthentication.Header, user))).Status);

    [Fact]
    public async Task The_user_id_is_the_app_s_provider_s_and_claims_are_carried_with_the_types_of_name_and_role()
    {
        var token = (await _app.NegotiateAsync(
            "/members/negotiate", (TestAuthentication.Header, "id=ann;number=7;nick=%C3%84nn;rank=lead;asrs.s.uid=root;aud=mine"))).Token;

        Assert.Equal("n7", Assert.Single(token.Claims, claim => claim.Type == "asrs.s.uid").Value);
        Assert.Equal("Änn", token.GetClaim("nick").Value);
        Assert.Equal("ann", token.GetClaim(ClaimTypes.NameIdentifier).Value);
        Assert.Equal("mine", token.GetClaim("asrs.u.aud").Value);
        Assert.Equal(
            [("asrs.s.aut", "TestType"), ("asrs.s.nt", "nick"), ("asrs.s.rt", "rank")],
            token.Claims.Where(claim => claim.Type is "asrs.s.aut" or "asrs.s.nt" or "asrs.s.rt").Select(claim => (claim.Type, claim.Value)).Order());
    }

    [Fact]
    public async Task The_client_s_query_is_kept_and_cannot_name_another_hub_or_path() => Assert.Equal(
        "http://localhost:8888/client/?hub=lobbyhub&room=a%20b&room=c&asrs.op=%2Frooms%2Flobby",
        (await _app.NegotiateAsync("/rooms/lobby/negotiate?hub=other&room=a%20b&negotiateVersion=1&room=c&asrs.op=/evil")).Url);

    [Fact]
    public async Task The_callback_can_change_the_answer()
    {
        _onNegotiate = context =>
        {
            Assert.Equal(typeof(MembersHub), context.HubType);
            context.Options.UserId += "-" + context.HttpContext.Request.Query["device"];
            context.Options.Claims = [new Claim("only", "this")];
            context.Options.Lifetime = TimeSpan.FromMinutes(5);
            return default;
        };

        var token = (await _app.NegotiateAsync("/members/negotiate?device=phone", (TestAuthentication.Header, "id=ann;number=7;nick=Ann"))).Token;

        Assert.Equal("n7-phone", token.GetClaim("asrs.s.uid").Value);
        Assert.Equal("this", token.GetClaim("only").Value);
        Assert.DoesNotContain(token.Claims, claim => claim.Type == "nick");
        Assert.Equal(TimeSpan.FromMinutes(5), token.ValidTo - token.ValidFrom);
    }

    [Fact]
    public async Task The_callback_can_refuse()
    {
        _onNegotiate = async context =>
        {
            await Task.Yield();
            context.Refuse(context.HttpContext.Request.Query.ContainsKey("full") ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status401Unauthorized, "Not now.");
        };

        var full = await _app.NegotiateAsync("/public/negotiate?full=1", (TestAuthentication.Header, "id=ann"));
        Assert.Equal((503, "Not now."), (full.Status, full.Body));
        Assert.True(full.Response.Headers.CacheControl?.NoStore);
        Assert.Equal(401, (await _app.NegotiateAsync("/rooms/lobby/negotiate")).Status);
    }

    [Fact]
    public async Task The_time_that_a_sign_in_has_left_is_told_to_the_client()
    {
        // The expiry of a sign-in has no fractions of a second.
        _time.Advance(TimeSpan.FromMilliseconds(1000 - _time.GetUtcNow().Millisecond));
        var answer = await _app.NegotiateAsync(
            "/members/negotiate", (TestAuthentication.Header, $"id=ann;expires={_time.GetUtcNow().AddMinutes(2):O}"));
        Assert.Equal(120, answer.Json.GetProperty("tokenLifetimeSeconds").GetInt64());

        var past = await _app.NegotiateAsync(
            "/members/negotiate", (TestAuthentication.Header, $"id=ann;expires={_time.GetUtcNow().AddMinutes(-2):O}"));
        Assert.Equal(0, past.Json.GetProperty("tokenLifetimeSeconds").GetInt64());
    }

    [Fact]
    public async Task A_refresh_is_refused_as_clients_expect()
    {
        var answer = await _app.NegotiateAsync("/members/refresh");
        Assert.Equal((404, """{"error":"refresh_disabled"}"""), (answer.Status, answer.Body));
        Assert.Equal("application/json", answer.Response.Content.Headers.ContentType?.ToString());
    }

    private sealed class ByNumber : IUserIdProvider
    {
        public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst("number") is { } number ? "n" + number.Value
            : connection.GetHttpContext()?.User.FindFirst(ClaimTypes.NameIdentifier)?.Value;
    }

    private sealed class LobbyHub : Hub;

    [Authorize]
    private sealed class MembersHub : Hub;

    [Authorize("red")]
    [Authorize(Roles = "lead")]
    private sealed class LeadersHub : Hub;

    [AllowAnonymous]
    private sealed class PublicHub : Hub;
}
