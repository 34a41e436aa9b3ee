using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>The first use of the dashboard, with a mouse or with the keyboard.</summary>
public sealed partial class FirstHourTests(BrowserFixture browser, DashboardFixture fixture)
    : IClassFixture<BrowserFixture>, IClassFixture<DashboardFixture>
{
    // The contrast of an element's text with the nearest background that is not transparent (WCAG 2.2, "contrast ratio").
    private const string Contrast = """
        (element) => {
          const rgba = (text) => text.match(/[\d.]+/g).map(Number);
          const luminance = ([r, g, b]) => [r, g, b].map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
            .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
          let ground = element;
          while ((rgba(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
          const [dark, light] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map((color) => luminance(rgba(color))).sort((a, b) => a - b);
          return (light + 0.05) / (dark + 0.05);
        }
        """;

    private readonly Uri _page = fixture.System.Page;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Buttons_are_readable_under_the_pointer(ColorScheme colors)
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page, colors: colors);
        await FailAsync(viewer, "Hovered");
        await AssertReadableAsync(viewer, viewer.Button("Invoke"), viewer.Button("Send"), viewer.Button("Disconnect"), viewer.Button("Clear"));
        await viewer.Button("Disconnect").ClickAsync();
        await AssertReadableAsync(viewer, viewer.Button("Connect"));
        await viewer.GoAsync("Templates");
        await AssertReadableAsync(viewer, viewer.Button("Check"));
        await viewer.GoAsync("Dead letters");
        await AssertReadableAsync(viewer, viewer.Button("Replay all of late"), viewer.Button("Delete all of late"), viewer.Button("Delete Hovered").First);
        await viewer.Button("Delete all of late").ClickAsync();
        await AssertReadableAsync(viewer, viewer.Button("Delete all"), viewer.Button("Cancel"));
        await viewer.AssertAccessibleAsync();
        await viewer.KeepScreenshotAsync($"confirm-{colors}".ToLowerInvariant());
        await viewer.Button("Delete all").ClickAsync();
        await viewer.SeesAsync("No dead letters");
    }

    [Fact]
    public async Task A_replay_that_fails_is_not_shown_as_a_success()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await FailAsync(viewer, "Again");
        await viewer.GoAsync("Dead letters");
        await viewer.Button("Replay all of late").PressAsync("Enter");
        var outcome = viewer.Page.Locator(".outcome");
        await viewer.SeesAsync(outcome, "failed again");
        await Expect(outcome).ToHaveClassAsync(Bad());
        await Expect(viewer.Button("Replay all of late")).ToBeFocusedAsync(); // for another try
        await viewer.KeepScreenshotAsync("replay-failed");
        await viewer.Button("Replay Again").First.ClickAsync();
        await viewer.SeesAsync(outcome, "The letter is kept.");
        await Expect(outcome).ToHaveClassAsync(Bad());
    }

    [Fact]
    public async Task Deleting_asks_first_and_can_take_all_letters_of_a_hub()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await FailAsync(viewer, "Kept", "Dropped", "Rest");
        await viewer.GoAsync("Dead letters");
        var dialog = viewer.Page.GetByRole(AriaRole.Dialog);
        foreach (var way in new[] { "Enter", "Escape" })
        {
            await viewer.Button("Delete Kept").PressAsync("Enter");
            await viewer.SeesAsync(dialog, "Delete Kept?");
            await Expect(viewer.Button("Cancel")).ToBeFocusedAsync();
            await viewer.Page.Keyboard.PressAsync(way);
            await viewer.SeesNoMoreAsync(dialog);
            await Expect(viewer.Button("Delete Kept")).ToBeFocusedAsync();
        }

        await viewer.Button("Delete Dropped").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".outcome.good"), "Dropped was deleted.");
        await viewer.SeesNoMoreAsync(viewer.Button("Delete Dropped"));
        await Expect(viewer.Page.Locator(".outcome")).ToBeFocusedAsync(); // its row no longer exists
        await Expect(viewer.Button("Delete Kept")).ToBeVisibleAsync();

        await viewer.Button("Delete all of late").ClickAsync();
        await viewer.SeesAsync(dialog, "including those that this page does not show");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete all", Exact = true }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".outcome.good"), "of late were deleted.");
        await viewer.SeesAsync("No dead letters");
    }

    [Fact]
    public async Task The_focus_stays_after_connecting()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Test client");
        await viewer.Field("Hub").FillAsync("work");
        await viewer.Button("Connect").PressAsync("Enter");
        await viewer.SeesAsync(viewer.Page.Locator(".log"), "Connected to work");
        await Expect(viewer.Button("Disconnect")).ToBeFocusedAsync();
        await viewer.Page.Keyboard.PressAsync("Enter");
        await viewer.SeesAsync(viewer.Page.Locator(".log"), "Disconnected");
        await Expect(viewer.Button("Connect")).ToBeFocusedAsync();

        await viewer.Button("Clear").ClickAsync();
        await viewer.Field("User").FillAsync("Ann");
        await viewer.Field("User").PressAsync("Enter");
        await viewer.SeesAsync(viewer.Page.Locator(".log"), "Connected to work");
        await Expect(viewer.Field("User")).ToBeFocusedAsync();
        await viewer.Page.Keyboard.TypeAsync("other");
        await viewer.Page.Keyboard.PressAsync("Enter");
        await Expect(viewer.Field("User")).ToHaveValueAsync("Ann");
        await Expect(viewer.Button("Disconnect")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_trace_row_keeps_the_focus_while_events_come()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Live trace");
        await using var client = await Viewer.EnterAsync(browser, _page);
        await client.ConnectAsync("work", "Busy");
        await client.CallAsync("Invoke", "ConnectionId");
        var section = viewer.Page.Locator("section[aria-labelledby=events-title]");
        var row = viewer.Page.Locator(".events > li").Filter(new() { HasText = "CompletionSent" }).First.GetByRole(AriaRole.Button);
        await row.FocusAsync();
        var text = await row.InnerTextAsync();

        // More events than there are rows.
        for (var i = 0; i < 30; i++)
        {
            await client.Button("Invoke").ClickAsync();
        }

        await Expect(section.Locator(".actions")).ToContainTextAsync(Hundred(), new() { Timeout = 30_000 });
        Assert.Equal(text, await viewer.Page.Locator(":focus").InnerTextAsync());

        // The list continues when the focus has moved away.
        await viewer.Field("Hub").FocusAsync();
        await Expect(viewer.Button("Pause")).ToBeVisibleAsync();
        await Expect(viewer.Page.Locator(".events > li")).ToHaveCountAsync(80);
    }

    [Fact]
    public async Task Percent_encoded_user_ids_are_shown_decoded()
    {
        const string Id = "%C3%89mile%20Z";
        await using var client = await Viewer.EnterAsync(browser, _page);
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Live trace");
        await viewer.Field("User").FillAsync("Émile Z");
        await viewer.Page.Keyboard.PressAsync("Enter");
        await client.ConnectAsync("work", Id);
        await client.CallAsync("Invoke", "ConnectionId");
        var completed = viewer.Page.Locator(".events > li").Filter(new() { HasText = "CompletionSent" });
        await viewer.SeesAsync(completed, "Émile Z");
        await completed.GetByRole(AriaRole.Button).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".journey"), $"userÉmile Zuser id{Id}");

        await viewer.GoAsync("Hubs");
        await viewer.Field("Hub").SelectOptionAsync("work");
        await viewer.Field("Search connections").FillAsync("émile z");
        await Expect(viewer.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await viewer.SeesAsync(viewer.Page.Locator("tbody td.name"), "Émile Z");
        await Expect(viewer.Page.Locator("tbody td.name span")).ToHaveAttributeAsync("title", Id);
        await viewer.Button("Users").ClickAsync();
        await viewer.Page.GetByRole(AriaRole.Link, new() { Name = "Émile Z" }).ClickAsync();
        await Expect(viewer.Page.Locator("#list-title")).ToHaveTextAsync("Connections of user Émile Z");
    }

    [Fact]
    public async Task Units_today_say_since_when()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await Expect(viewer.Page.Locator(".tile", new() { HasText = "Units today" })).ToContainTextAsync(Since());
        await Expect(viewer.Page.Locator("section[aria-labelledby=units-title]")).ToContainTextAsync(Since());
    }

    [Fact]
    public async Task Lists_are_sorted_and_searched()
    {
        await using var ann = await Viewer.EnterAsync(browser, _page);
        await using var bob = await Viewer.EnterAsync(browser, _page);
        await bob.ConnectAsync("work", "sorted-bob");
        await ann.ConnectAsync("work", "sorted-ann");
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Hubs");
        await viewer.Field("Hub").SelectOptionAsync("work");
        await viewer.Field("Search connections").FillAsync("SORTED");
        var users = viewer.Page.Locator("tbody td.name");
        foreach (var (state, first) in new[] { ("ascending", "sorted-ann"), ("descending", "sorted-bob") })
        {
            await viewer.Button("User").ClickAsync();
            await Expect(viewer.Page.Locator("th[aria-sort]")).ToHaveAttributeAsync("aria-sort", state);
            await Expect(users).ToHaveCountAsync(2);
            await Expect(users.First).ToHaveTextAsync(first);
        }

        await Expect(viewer.Button("User")).ToBeFocusedAsync();
        await viewer.Button("User").ClickAsync();
        await viewer.SeesNoMoreAsync(viewer.Page.Locator("th[aria-sort]")); // unsorted
        await viewer.AssertAccessibleAsync();

        await FailAsync(bob, "Beta", "Alpha");
        await viewer.GoAsync("Dead letters");
        var events = viewer.Page.Locator("tbody tr td:first-child button");
        await viewer.Field("Search dead letters").FillAsync("BETA");
        await Expect(events).ToHaveTextAsync(["Beta"]);
        await viewer.Field("Search dead letters").FillAsync("a");
        await viewer.Button("Event").ClickAsync();
        await Expect(events.First).ToHaveTextAsync("Alpha");

        await viewer.GoAsync("Overview");
        var hubs = viewer.Page.Locator("section[aria-labelledby=hubs-title]");
        await viewer.Field("Search hubs").FillAsync("lat");
        await Expect(hubs.Locator("tbody tr")).ToHaveCountAsync(1);
        await viewer.SeesAsync(hubs.Locator("tbody"), "late");
        await viewer.Field("Search hubs").FillAsync("");
        await hubs.GetByRole(AriaRole.Button, new() { Name = "Hub", Exact = true }).ClickAsync();
        await hubs.GetByRole(AriaRole.Button, new() { Name = "Hub", Exact = true }).ClickAsync();
        await Expect(hubs.Locator("tbody tr td:first-child").First).ToHaveTextAsync("work");
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(1280, 800, ColorScheme.Dark)]
    public async Task The_gateways_address_leads_on_without_scripts(int width, int height, ColorScheme colors)
    {
        var page = await browser.OpenAsync(new Size(width, height), colors, hasScripts: false);
        try
        {
            var answer = await page.GotoAsync(fixture.System.Address.ToString());
            Assert.Equal((200, null), (answer!.Status, answer.Request.RedirectedFrom));
            await Expect(page.Locator("h1")).ToHaveTextAsync("Serverless gateway");
            await Expect(page.Locator("main")).ToContainTextAsync($"AccessKey={DashboardSystem.EmulatorKey}");
            Assert.NotEqual("rgba(0, 0, 0, 0)", await page.Locator("body").EvaluateAsync<string>("body => getComputedStyle(body).backgroundColor")); // its style is allowed
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(BrowserFixture.Screenshots, $"front-{width}-{colors}.png".ToLowerInvariant()) });
            await page.GetByRole(AriaRole.Link, new() { Name = "api/health" }).ClickAsync();
            await Expect(page.Locator("body")).ToContainTextAsync("Healthy");
            await page.GoBackAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Dashboard" }).ClickAsync();
            Assert.Equal(fixture.System.Page.ToString(), page.Url);
        }
        finally
        {
            await page.Context.DisposeAsync();
        }

        await using var viewer = await Viewer.OpenAsync(browser, fixture.System.Address, new Size(width, height), colors);
        await viewer.AssertAccessibleAsync();
        Assert.True(await viewer.Page.EvaluateAsync<bool>("document.scrollingElement.scrollWidth <= innerWidth"));
    }

    [GeneratedRegex(@"(^|\s)bad(\s|$)")]
    private static partial Regex Bad();

    [GeneratedRegex(@"[1-9]\d\d new")]
    private static partial Regex Hundred();

    [GeneratedRegex(@"since \d\d:\d\d UTC")]
    private static partial Regex Since();

    // Makes each event a dead letter.
    private static async Task FailAsync(Viewer viewer, params string[] events)
    {
        if (await viewer.Button("Disconnect").CountAsync() > 0)
        {
            await viewer.Button("Disconnect").ClickAsync();
        }

        await viewer.ConnectAsync("late");
        foreach (var name in events)
        {
            await viewer.CallAsync("Invoke", name);
            await viewer.SeesAsync($"{name} failed");
        }
    }

    private static async Task AssertReadableAsync(Viewer viewer, params ILocator[] buttons)
    {
        foreach (var button in buttons)
        {
            await button.HoverAsync();
            var contrast = await button.EvaluateAsync<double>(Contrast);
            Assert.True(contrast >= 4.5, $"{await button.InnerTextAsync()} has a contrast of {contrast:0.0} under the pointer.");
        }

        await viewer.Page.Mouse.MoveAsync(0, 0);
    }
}
