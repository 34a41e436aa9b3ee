using Serverless.EndToEnd.Browsers;
using Serverless.FunctionsHost;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>The page behind the stand-in for the Functions host, from the files that would be published.</summary>
public sealed class HostedPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Two_people_talk_when_the_function_app_runs_in_the_functions_host()
    {
        await using var system = new ChatSystem();
        await using var host = await FunctionsHostApp.StartAsync(BuiltProgram.Functions.Directory, system.FunctionsEnvironment);
        Assert.True(await host.WhenReady, host.Log);
        await system.StartGatewayAsync(host.Address);
        var page = new Uri(host.Address, "/api/");
        await using var ann = await Person.JoinAsync(browser, page, "Ann");
        await using var bob = await Person.JoinAsync(browser, page, "Bøb"); // the host would not forward it unchanged in a header

        await ann.SayAsync("Through the host");
        await bob.SeesAsync("Through the host");
        await ann.OpenPersonAsync(bob);
        await ann.SayAsync("And in private");
        await bob.OpenPersonAsync(ann);
        await bob.SeesAsync("And in private");
    }
}
