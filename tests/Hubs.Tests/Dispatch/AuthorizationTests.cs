using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The callers that <see cref="HubAuthorizeAttribute"/> allows.</summary>
public class AuthorizationTests
{
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
    public void A_policy_that_nobody_added_stops_the_start_and_names_the_method()
    {
        var error = Assert.Throws<OptionsValidationException>(() => new HubHost(hubs => hubs.AddHub<GuardedHub>()));
        Assert.Contains("GuardedHub.ForPolicy names the policy 'even'", error.Message, StringComparison.Ordinal);
    }

    private static void As(Dictionary<string, string?> headers, string? userId, string? claims)
    {
        headers[UpstreamHeaders.UserId] = userId;
        headers[UpstreamHeaders.UserClaims] = claims;
    }

    private static HubHost Host() => new(
        hubs => hubs.AddHub<GuardedHub>(),
        configure: options => options.Policies["even"] = context => ValueTask.FromResult(
            context.HubMethodName == "ForPolicy" && context.Caller.UserIdentifier == "u2"));
}
