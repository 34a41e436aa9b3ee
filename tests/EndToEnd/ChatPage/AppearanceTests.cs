using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>The page at phone and desktop width, light and dark: screenshots are kept, and the layout has no errors.</summary>
public sealed class AppearanceTests(BrowserFixture browser, ChatSystemFixture fixture)
    : IClassFixture<BrowserFixture>, IClassFixture<ChatSystemFixture>
{
    private const string LongName = "Wolfeschlegelsteinhausenbergerdorff-Ann";

    private readonly Uri _page = fixture.System.PageAddress;

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 800, ColorScheme.Light)]
    [InlineData(1280, 800, ColorScheme.Dark)]
    public async Task Nothing_overflows_or_is_cut_off(int width, int height, ColorScheme colors)
    {
        var name = $"{width}-{colors}".ToLowerInvariant();
        await using var ann = await Person.ArriveAsync(browser, _page, LongName, new Size(width, height), colors);
        await KeepAsync(ann, $"welcome-{name}");
        await ann.EnterAsync();
        await ann.SeesConnectedAsync();
        await using var bob = await Person.JoinAsync(browser, _page, "Bob");
        await ann.SayAsync("Good morning! Is anybody there?");
        await bob.SayAsync("Yes. One word: " + new string('w', 300));
        await bob.SayAsync("And an address: https://example.com/" + string.Join('/', Enumerable.Repeat("a-part-of-a-path", 20)));
        await bob.SayAsync("Then something longer, so that it takes more than one line. The gateway holds the sockets; the functions come and go.");
        await ann.SayAsync("I see.");
        await KeepAsync(ann, $"room-{name}");

        for (var i = 1; i <= 40; i++)
        {
            await bob.TypeAsync($"Message {i} of many");
        }

        await ann.SeesAsync("Message 40 of many");
        await Expect(ann.Page.GetByText("Message 40 of many")).ToBeInViewportAsync(); // the page scrolls to new messages
        await bob.JoinRoomAsync(new string('r', 60));
        await bob.OpenPersonAsync(ann);
        await bob.SayAsync("A private word");
        await KeepAsync(ann, $"many-{name}");

        if (await ann.Page.IsVisibleAsync("#menu"))
        {
            await ann.Page.ClickAsync("#menu");
            await KeepAsync(ann, $"sheet-{name}");
        }

        await ann.OpenPersonAsync(bob);
        await ann.SeesAsync("A private word");
        await KeepAsync(ann, $"direct-{name}");
    }

    private static async Task KeepAsync(Person person, string name)
    {
        await person.KeepScreenshotAsync(name);
        await Layout.AssertFitsAsync(person.Page);
    }
}
