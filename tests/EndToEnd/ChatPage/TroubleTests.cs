using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>The page's messages and behaviour when the gateway or the function app stops and restarts.</summary>
public sealed class TroubleTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task When_the_gateway_restarts_the_page_says_so_and_reconnects_by_itself()
    {
        await using var system = await ChatSystem.StartAsync();
        await using var ann = await Person.JoinAsync(browser, system.PageAddress, "Ann");
        await using var bob = await Person.JoinAsync(browser, system.PageAddress, "Bob", Size.Phone);
        await ann.JoinRoomAsync("den");

        await system.Gateway!.KillAsync();
        foreach (var person in new[] { ann, bob })
        {
            await person.SeesReconnectingAsync();
            await person.SeesProblemAsync($"The gateway at {Origin(system.GatewayAddress)} does not answer.");
            await person.KeepScreenshotAsync($"gateway-down-{person.Page.ViewportSize!.Width}");
            await Layout.AssertFitsAsync(person.Page);
        }

        await ann.TypeAsync("Into the void");
        await Expect(ann.Page.Locator("#send-error")).ToHaveTextAsync("Not sent: the page is not connected.");
        Assert.Equal("Into the void", await ann.Page.InputValueAsync("#text"));

        await system.StartGatewayAsync();
        foreach (var person in new[] { ann, bob })
        {
            await person.SeesConnectedAsync();
            await person.SeesNoProblemAsync();
        }

        // The page has joined its rooms again, and knows everyone again.
        await ann.OpenRoomAsync("lobby");
        await ann.SeesInRoomAsync("2 here: you, Bob");
        await bob.SeesInRoomAsync("2 here: Ann, you");
        await ann.SayAsync("We are back");
        await bob.SeesAsync("We are back");
        await ann.OpenRoomAsync("den");
        await ann.SayAsync("In the den too");
    }

    [Fact]
    public async Task When_the_function_app_restarts_the_page_says_so_and_the_connection_stays()
    {
        await using var system = await ChatSystem.StartAsync();
        await using var ann = await Person.JoinAsync(browser, system.PageAddress, "Ann");
        await using var bob = await Person.JoinAsync(browser, system.PageAddress, "Bob", Size.Phone);

        await system.Functions!.KillAsync();
        await ann.TypeAsync("Anybody there?");
        await ann.SeesProblemAsync($"The function app at {Origin(system.FunctionsAddress)} does not answer.");
        await Expect(ann.Page.Locator("#status")).ToHaveTextAsync("Connected · WebSockets");
        await Expect(ann.Page.Locator("#send-error")).ToHaveTextAsync("Not sent: the function app did not handle it.");
        Assert.Equal("Anybody there?", await ann.Page.InputValueAsync("#text"));
        await bob.SeesProblemAsync($"The function app at {Origin(system.FunctionsAddress)} does not answer."); // without any action
        await ann.KeepScreenshotAsync("functions-down-1280");
        await bob.KeepScreenshotAsync("functions-down-390");
        await Layout.AssertFitsAsync(bob.Page);

        await system.StartFunctionsAsync();
        await ann.SeesNoProblemAsync();
        await ann.Page.PressAsync("#text", "Enter");
        await bob.SeesAsync("Anybody there?");
        await bob.SeesNoProblemAsync();
        await ann.SeesHereAsync(bob);
    }

    [Fact]
    public async Task A_first_connection_waits_for_the_gateway()
    {
        await using var system = await ChatSystem.StartAsync();
        await system.Gateway!.KillAsync();
        await using var ann = await Person.ArriveAsync(browser, system.PageAddress, "Ann");

        await ann.EnterAsync();
        await ann.SeesConnectingAsync();
        await ann.SeesProblemAsync($"The gateway at {Origin(system.GatewayAddress)} does not answer.");
        await system.StartGatewayAsync();

        await ann.SeesConnectedAsync();
        await ann.SeesNoProblemAsync();
        await ann.SayAsync("At last");
    }

    [Fact]
    public async Task When_both_are_away_the_page_says_so()
    {
        await using var system = await ChatSystem.StartAsync();
        await using var ann = await Person.JoinAsync(browser, system.PageAddress, "Ann");
        await Task.WhenAll(system.Gateway!.KillAsync(), system.Functions!.KillAsync());

        await ann.SeesProblemAsync("Neither the function app nor the gateway answers.");
        await Task.WhenAll(system.StartGatewayAsync(), system.StartFunctionsAsync());

        await ann.SeesConnectedAsync();
        await ann.SayAsync("Both are back");
    }

    private static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
