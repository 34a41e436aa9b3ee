using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Documents.Samples;

/// <summary>Runs the app of <c>docs/hubs.md</c>.</summary>
public sealed class RoomAppTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();
    private GatewayRecorder _gateway = null!;
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayRecorder.StartAsync();
        _app = await RoomApp.StartAsync(_gateway.Address);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("", 401)]
    [InlineData("id=1", 403)]
    [InlineData("id=1;nick=ann", 200)]
    public async Task A_member_with_a_nickname_negotiates(string user, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _app.Urls.Single() + "/room/negotiate");
        request.Headers.TryAddWithoutValidation(TestAuthentication.Header, user);
        using var response = await Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 200)
        {
            var token = new Negotiated(response, body).Token;
            Assert.Equal(("ann", TimeSpan.FromMinutes(10)), (token.GetClaim("asrs.s.uid").Value, token.ValidTo - token.ValidFrom));
        }
    }

    [Fact]
    public async Task Methods_run_with_services_and_roles()
    {
        Assert.Contains("\"result\":2", await CallAsync("CountWords", "\"two words\""), StringComparison.Ordinal);
        Assert.Contains("because user is unauthorized", await CallAsync("Clear", "\"lobby\""), StringComparison.Ordinal);
        Assert.Contains("\"result\":null", await CallAsync("Enter", "\"lobby\""), StringComparison.Ordinal);
        Assert.Equal(["PUT", "POST"], _gateway.Take().Select(request => request.Method));
    }

    [Fact]
    public async Task Users_are_admitted_and_dismissed()
    {
        var doorkeeper = _app.Services.GetRequiredService<Doorkeeper>();
        _gateway.AnswerWith(200);
        await doorkeeper.AdmitForADay("ann", "lobby");
        Assert.True(await doorkeeper.Dismiss("ann", "lobby"));
        Assert.Equal(["PUT", "DELETE", "HEAD", "POST"], _gateway.Take().Select(request => request.Method));
    }

    private async Task<string> CallAsync(string method, string argument)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _app.Urls.Single() + "/room/upstream/messages/" + method)
        {
            Content = new StringContent($$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":[{{argument}}]}"""),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in HubHost.Headers("room", "messages", method))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
