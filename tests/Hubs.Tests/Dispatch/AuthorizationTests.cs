using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The callers that <see cref="AuthorizeAttribute"/> on a hub and its methods allows.</summary>
public class AuthorizationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(null, null, 401)]
    [InlineData("u1", null, 200)]
    [InlineData(null, "team: red", 200)]
    public async Task A_client_without_a_user_may_not_connect(string? userId, string? claims, int status)
    {
        await using var host = Host();
        var response = await host.SendAsync(
            "guardedhub", "connections", "connected", "{\"type\":10}"u8.ToArray(), change: headers => As(headers, userId, claims));
        Assert.Equal(status, response.Status);
    }

    [Theory]
    [InlineData("Open", null, null, false)]
    [InlineData("Open", "u1", null, true)]
    [InlineData("ForRoles", "u1", null, false)]
    [InlineData("ForRoles", "u1", "role: guest", false)]
    [InlineData("ForRoles", "u1", "role: guest, role: owner", true)]
    [InlineData("ForTeam", "u1", "team: blue", false)]
    [InlineData("ForTeam", "u1", "team: red", true)]
    [InlineData("ForPolicy", "u1", null, false)]
    [InlineData("ForPolicy", "u2", null, true)]
    public async Task A_call_without_what_the_method_demands_is_an_error(string method, string? userId, string? claims, bool isAllowed)
    {
        await using var host = Host();
        var response = await host.InvokeAsync(
            "guardedhub", method, $$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[]}""", headers => As(headers, userId, claims));

        var text = Encoding.UTF8.GetString(response.Body.Span);
        Assert.Equal(200, response.Status);
        Assert.Equal(isAllowed, text.Contains("\"result\"", StringComparison.Ordinal));
        Assert.Equal(!isAllowed, text.Contains($"\"error\":\"Failed to invoke '{method}' because user is unauthorized\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_policy_stops_the_start_and_the_error_names_the_method()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => new HubHost(hubs => hubs.AddHub<GuardedHub>().Services.AddAuthorization(options => options.AddPolicy("even", Even))));
        Assert.Contains("GuardedHub.ForTeam names the policy 'team', which does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_throws_refuses_the_call_and_is_logged()
    {
        await using var host = Faulty();
        var response = await host.InvokeAsync("guardedhub", "ForTeam", Call(1), headers => As(headers, "u1", null)).WaitAsync(Limit);

        Assert.Equal(
            "{\"type\":3,\"invocationId\":\"1\",\"error\":\"An unexpected error occurred invoking 'ForTeam' on the server.\"}\u001e",
            Encoding.UTF8.GetString(response.Body.Span));
        Assert.Equal(
            ["Hub guardedhub gave no answer in ForTeam for connection conn-1: an authorization policy of the method has thrown an exception."], host.Log.TakeErrors());
    }

    [Fact]
    public async Task A_policy_of_a_stream_that_throws_closes_the_connection_as_in_process()
    {
        await using var gateway = await GatewayRecorder.StartAsync();
        await using var host = Faulty(gateway.Address);
        var response = await host.InvokeAsync("guardedhub", "ForTeam", Call(4), headers => As(headers, "u1", null)).WaitAsync(Limit);
        using var body = new MemoryStream();
        await response.CopyToAsync(body).WaitAsync(Limit);

        Assert.Equal(0, body.Length);
        Assert.Equal("DELETE", Assert.Single(gateway.Take()).Method);
        Assert.StartsWith("Hub guardedhub gave no answer in ForTeam for connection conn-1", Assert.Single(host.Log.TakeErrors()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_of_the_hub_that_throws_refuses_the_connection_and_its_calls_and_is_logged()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<FaultyHub>().Services.AddAuthorization(options => options.AddPolicy(
            "faulty", policy => policy.RequireAssertion(bool (_) => throw new InvalidOperationException("secret")))));
        var connected = await host.SendAsync(
            "faultyhub", "connections", "connected", "{\"type\":10}"u8.ToArray(), change: headers => As(headers, "u1", null));
        var call = await host.InvokeAsync(
            "faultyhub", "Open", """{"type":1,"invocationId":"1","target":"Open","arguments":[]}""", headers => As(headers, "u1", null));

        Assert.Equal(403, connected.Status);
        Assert.Contains("because user is unauthorized", Encoding.UTF8.GetString(call.Body.Span), StringComparison.Ordinal);
        Assert.Equal(2, host.Log.TakeErrors().Count(error => error.EndsWith("secret", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("openhub", null, 200)]
    [InlineData("adulthub", null, 401)]
    [InlineData("adulthub", "age: 17", 403)]
    [InlineData("adulthub", "age: 18", 200)]
    public async Task Attributes_that_are_requirements_and_those_that_allow_anyone_hold_too(string hub, string? claims, int status)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<OpenHub>().AddHub<AdultHub>());
        var response = await host.SendAsync(hub, "connections", "connected", "{\"type\":10}"u8.ToArray(), change: headers => As(headers, null, claims));
        Assert.Equal(status, response.Status);
    }

    private static HubHost Faulty(string gateway = "http://127.0.0.1:1") => new(
        hubs => hubs.AddHub<GuardedHub>().Services.AddAuthorization(options =>
        {
            options.AddPolicy("team", policy => policy.RequireAssertion(bool (_) => throw new InvalidOperationException("secret")));
            options.AddPolicy("even", Even);
        }),
        gateway);

    private static string Call(int type) => $$"""{"type":{{type}},"invocationId":"1","target":"ForTeam","arguments":[]}""";

    private static void As(Dictionary<string, string?> headers, string? userId, string? claims)
    {
        headers[UpstreamHeaders.UserId] = userId;
        headers[UpstreamHeaders.UserClaims] = claims;
    }

    private static void Even(AuthorizationPolicyBuilder policy) => policy.RequireAssertion(context =>
        context.Resource is HubInvocationContext { HubMethodName: "ForPolicy", Context.UserIdentifier: "u2" });

    [Authorize("faulty")]
    private sealed class FaultyHub : Hub
    {
        public string Open() => "open";
    }

    [Authorize]
    [AllowAnonymous]
    private sealed class OpenHub : Hub;

    [Adult]
    private sealed class AdultHub : Hub;

    [AttributeUsage(AttributeTargets.Class)]
    private sealed class AdultAttribute : Attribute, IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() =>
            [new Microsoft.AspNetCore.Authorization.Infrastructure.AssertionRequirement(context => context.User.HasClaim("age", "18"))];
    }

    private static HubHost Host() => new(hubs => hubs.AddHub<GuardedHub>().Services.AddAuthorization(options =>
    {
        options.AddPolicy("team", policy => policy.RequireClaim("team", "red"));
        options.AddPolicy("even", Even);
    }));
}
