using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>The dashboard in Chromium, with real traffic through the real gateway.</summary>
public sealed class DashboardTests(BrowserFixture browser, DashboardFixture fixture)
    : IClassFixture<BrowserFixture>, IClassFixture<DashboardFixture>
{
    private readonly Uri _page = fixture.System.Page;

    [Theory]
    [InlineData("WebSockets", "JSON")]
    [InlineData("WebSockets", "MessagePack")]
    [InlineData("Server-sent events", "JSON")]
    [InlineData("Long polling", "JSON")]
    [InlineData("Long polling", "MessagePack")]
    public async Task The_test_client_connects_and_calls_on_every_transport_and_protocol(string transport, string protocol)
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.ConnectAsync("work", "Ann", transport, protocol);
        var log = viewer.Page.Locator(".log");
        await viewer.SeesAsync(log, "welcome"); // called by the hub

        await viewer.CallAsync("Invoke", "Repack", """[{"label":"ab","weight":1.5,"number":3,"contents":["x"],"sent":null}, 2]""");
        await viewer.SeesAsync(log, "abab");
        await viewer.CallAsync("Invoke", "Refuse", """["Not today."]""");
        await viewer.SeesAsync(log, "Not today.");
        await viewer.CallAsync("Send", "Tell", """["caller", "", "only to me"]""");
        await viewer.SeesAsync(log, "only to me");
        await viewer.CallAsync("Stream", "CountTo", "[3]");
        await viewer.SeesAsync(log, "CountTo ended");
        Assert.Equal(3, await log.GetByText("CountTo item").CountAsync());

        await viewer.GoAsync("Hubs");
        await viewer.SeesAsync(viewer.Page.Locator("tbody"), "Ann");
        await viewer.SeesAsync(viewer.Page.Locator("tbody"), transport);
        await viewer.GoAsync("Test client");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect" }).ClickAsync();
        await viewer.SeesAsync(log, "Disconnected");
    }

    [Fact]
    public async Task What_changed_before_a_component_listened_is_drawn()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        var drawn = await viewer.Page.EvaluateAsync<string>("""
            async () => {
              const page = new URL('./', document.baseURI).href;
              const { html, render } = await import(page + 'lib/standalone.module.js');
              const { useRedraw } = await import(page + 'feed/use-feed.js');

              // Changes while the component is being drawn, and never again: no subscriber is notified.
              const source = { state: 'connecting', subscribe: () => () => {} };
              const Status = () => { useRedraw(source); return html`<b>${source.state}</b>`; };
              const root = document.createElement('div');
              render(html`<${Status} />`, root);
              source.state = 'live';
              for (const end = Date.now() + 5000; root.textContent !== 'live' && Date.now() < end;) {
                await new Promise(requestAnimationFrame);
              }
              return root.textContent;
            }
            """);
        Assert.Equal("live", drawn);
    }

    [Fact]
    public async Task The_test_client_says_what_is_wrong_with_a_call_and_with_a_hub()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Test client");
        await viewer.Field("Hub").FillAsync("1 is no hub");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator("[role=alert]").First, "The hub's name is invalid");

        await viewer.ConnectAsync("work");
        await viewer.CallAsync("Invoke", "Repack", "{not json");
        await viewer.SeesAsync(viewer.Page.Locator("#call-error"), "not a JSON array");
        await viewer.CallAsync("Invoke", "", "");
        await viewer.SeesAsync(viewer.Page.Locator("#call-error"), "name of the method");
    }

    [Fact]
    public async Task The_overview_follows_connections_messages_units_and_upstream()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await using var client = await Viewer.EnterAsync(browser, _page);
        await client.ConnectAsync("work", "Overlooked");
        for (var i = 0; i < 5; i++)
        {
            await client.CallAsync("Invoke", "ConnectionId");
        }

        await Expect(viewer.Tile("Connections")).Not.ToHaveTextAsync("0");
        await Expect(viewer.Tile("Units today")).Not.ToHaveTextAsync("0");
        await viewer.SeesAsync(viewer.Page.Locator("section", new() { HasText = "Upstream by template" }), "≤");
        await viewer.SeesAsync(viewer.Page.Locator("section[aria-labelledby=hubs-title]"), "work");
        await viewer.SeesAsync(viewer.Page.Locator("section[aria-labelledby=nodes-title]"), "single node");

        var chart = viewer.Page.GetByRole(AriaRole.Img, new() { NameRegex = new("^Connections over time") });
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("highest [1-9]"));
        await chart.FocusAsync();
        await viewer.Page.Keyboard.PressAsync("ArrowLeft");
        await viewer.SeesAsync(viewer.Page.Locator("figcaption").First, "at ");
    }

    [Fact]
    public async Task Hubs_list_connections_users_and_groups_as_text()
    {
        const string Name = "<img src=x onerror=\"document.title='broken'\"> & Ann";
        await using var client = await Viewer.EnterAsync(browser, _page);
        await client.ConnectAsync("work", Name);
        await client.CallAsync("Invoke", "JoinGroup", """["<b>tea</b> & cake"]""");
        await client.SeesAsync("JoinGroup answered");

        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Hubs");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Users" }).ClickAsync();
        await viewer.Page.GetByRole(AriaRole.Link, new() { Name = Name }).ClickAsync();
        await viewer.Page.Locator("tbody button").First.ClickAsync();
        await viewer.Page.GetByRole(AriaRole.Link, new() { Name = "<b>tea</b> & cake" }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator("#list-title"), "in group <b>tea</b> & cake");
        await viewer.SeesAsync(viewer.Page.Locator("tbody"), Name);
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Groups" }).ClickAsync();
        await viewer.Field("Search groups").FillAsync("TEA</B>");
        await viewer.SeesAsync(viewer.Page.Locator("tbody"), "<b>tea</b> & cake");
        await viewer.Field("Search groups").FillAsync("coffee");
        await viewer.SeesAsync("No name matches “coffee”");

        Assert.Equal(0, await viewer.Page.Locator("main img, main b").CountAsync());
        Assert.DoesNotContain("broken", await viewer.Page.TitleAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_letters_are_shown_replayed_and_deleted()
    {
        await using var system = await DashboardSystem.StartAsync();
        await using var viewer = await Viewer.EnterAsync(browser, system.Page);
        await viewer.ConnectAsync("late");
        await viewer.CallAsync("Invoke", "Order", """["tea", 1]""");
        await viewer.SeesAsync("Order failed");
        await viewer.CallAsync("Invoke", "Order", """["cake", 2]""");
        await viewer.CallAsync("Invoke", "Cancel", """["cake"]""");

        await viewer.GoAsync("Dead letters");
        await Expect(viewer.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Order", Exact = true }).First.ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator("pre"), "\"tea\"");
        await viewer.KeepScreenshotAsync("letters-open");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Replay Order" }).First.ClickAsync();
        await viewer.SeesAsync(viewer.Page.GetByRole(AriaRole.Status).Nth(1), "The letter is kept.");

        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Delete Cancel" }).ClickAsync();
        await viewer.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await viewer.SeesAsync("Cancel was deleted.");
        await system.StartLateUpstreamAsync();
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Replay all of late" }).PressAsync("Enter");
        await viewer.SeesAsync("2 of late were accepted.");
        await viewer.SeesAsync("No dead letters");
    }

    [Fact]
    public async Task Templates_are_listed_without_their_secrets()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Templates");
        await viewer.SeesAsync(viewer.Page.Locator("main"), "/{hub}/{event}?code=***");
        await viewer.SeesAsync(viewer.Page.Locator("main"), "dead letters");
        Assert.DoesNotContain("not-for-your-eyes", await viewer.Page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_tells_which_template_an_event_goes_to_and_why()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Templates");
        await viewer.Field("Hub").FillAsync("late");
        await viewer.Field("Event").FillAsync("Order");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".answer"), "Template 1 takes it");
        await viewer.SeesAsync(viewer.Page.Locator(".reasons li").First, "does not match");

        await viewer.Field("Category").SelectOptionAsync("connections");
        await viewer.Field("Event").FillAsync("connected");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".answer"), "No template matches.");
        await viewer.Field("Hub").FillAsync("1");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await viewer.SeesAsync(viewer.Page.GetByRole(AriaRole.Alert), "'hub' is missing or invalid.");
    }

    [Fact]
    public async Task The_live_trace_shows_a_message_s_journey_in_place_and_keeps_to_its_filter()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Live trace");
        await viewer.Field("User").FillAsync("Traced");
        await viewer.Page.Keyboard.PressAsync("Enter");
        await using var client = await Viewer.EnterAsync(browser, _page);
        await using var other = await Viewer.EnterAsync(browser, _page);
        await other.ConnectAsync("work", "Somebody else");
        await client.ConnectAsync("work", "Traced");
        await client.CallAsync("Invoke", "Repack", """[{"label":"<i>ab</i>","weight":1.5,"number":3,"contents":["x"],"sent":null}, 2]""");

        var events = viewer.Page.Locator(".events > li");
        await viewer.SeesAsync(events.Filter(new() { HasText = "MessageReceived" }), "Repack");
        Assert.Equal(0, await events.Filter(new() { HasText = "Somebody else" }).CountAsync());
        await events.Filter(new() { HasText = "MessageReceived" }).GetByRole(AriaRole.Button).ClickAsync();
        var journey = viewer.Page.Locator(".journey");
        foreach (var step in new[] { "MessageReceived", "UpstreamRequest", "UpstreamAnswered", "CompletionSent" })
        {
            await viewer.SeesAsync(journey, step);
        }

        await viewer.SeesAsync(journey, "template0");
        await viewer.SeesAsync(journey, "status200");
        await viewer.KeepScreenshotAsync("journey");
        await viewer.AssertAccessibleAsync();

        // The events being read do not move; new events are counted.
        await client.CallAsync("Invoke", "ConnectionId");
        await viewer.SeesAsync(viewer.Page.Locator("section[aria-labelledby=events-title]"), "new");
        Assert.Equal(0, await viewer.Page.GetByText("ConnectionId").CountAsync());
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await viewer.SeesAsync(events.First, "CompletionSent");

        await viewer.Field("Bodies, cut").CheckAsync();
        await client.CallAsync("Invoke", "Refuse", """["<b>not markup</b>"]""");
        await events.Filter(new() { HasText = "MessageReceived" }).First.GetByRole(AriaRole.Button).ClickAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".journey pre").First, "<b>not markup</b>");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await viewer.Field("Messages").UncheckAsync();
        await viewer.SeesAsync(viewer.Page.Locator("section[aria-labelledby=events-title]"), "No events yet"); // the filter still applies
        await client.CallAsync("Invoke", "Nothing");
        await viewer.SeesAsync(events.First, "UpstreamAnswered");
        Assert.Equal(0, await events.Filter(new() { HasText = "MessageReceived" }).CountAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Caller")]
    public async Task A_journey_leads_from_a_call_over_its_function_to_the_delivery_at_another_client_whatever_the_filter(string user)
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        await viewer.GoAsync("Live trace");
        await viewer.Field("User").FillAsync(user);
        await viewer.Page.Keyboard.PressAsync("Enter");
        await using var hearer = await Viewer.EnterAsync(browser, _page);
        await hearer.ConnectAsync("work", "Hearer");
        await hearer.CallAsync("Invoke", "JoinGroup", """["tea"]""");
        await hearer.SeesAsync(hearer.Page.Locator(".log"), "JoinGroup answered");
        await using var caller = await Viewer.EnterAsync(browser, _page);
        await caller.ConnectAsync("work", "Caller");
        await caller.CallAsync("Invoke", "Tell", """["group", "tea", "It is ready."]""");
        await hearer.SeesAsync(hearer.Page.Locator(".log"), "It is ready.");

        var events = viewer.Page.Locator(".events > li");
        await events.Filter(new() { HasText = "MessageReceived" }).Filter(new() { HasText = "Tell" }).GetByRole(AriaRole.Button).PressAsync("Enter");
        var steps = viewer.Page.Locator(".journey li");
        await viewer.SeesAsync(viewer.Page.Locator(".journey"), "CompletionSent");
        await Expect(steps.Locator("strong")).ToHaveTextAsync(
        [
            "MessageReceived", "UpstreamRequest", "RestRequest", "MessageAccepted", "FanOut", "MessageDelivered", "RestAnswered", "UpstreamAnswered",
            "CompletionSent",
        ]);
        await viewer.SeesAsync(steps.Filter(new() { HasText = "MessageDelivered" }), "userHearer");
        Assert.Equal(user.Length > 0 ? 0 : 1, await events.Filter(new() { HasText = "ConnectionConnected" }).Filter(new() { HasText = "Hearer" }).CountAsync());
        await steps.Filter(new() { HasText = "CompletionSent" }).ScrollIntoViewIfNeededAsync();
        await viewer.KeepScreenshotAsync(user.Length > 0 ? "journey-filtered" : "journey-whole");
        await viewer.AssertAccessibleAsync();
    }

    [Fact]
    public async Task Everything_is_reached_with_the_keyboard()
    {
        await using var viewer = await Viewer.EnterAsync(browser, _page);
        var keys = viewer.Page.Keyboard;
        await keys.PressAsync("Tab");
        await Expect(viewer.Page.Locator(":focus")).ToHaveTextAsync("Skip to the content");
        await keys.PressAsync("Enter");
        await Expect(viewer.Page.Locator("main")).ToBeFocusedAsync();

        await viewer.Page.GetByRole(AriaRole.Link, new() { Name = "Overview", Exact = true }).FocusAsync();
        foreach (var view in new[] { "Hubs", "Live trace", "Test client", "Dead letters", "Templates" })
        {
            await keys.PressAsync("Tab");
            await Expect(viewer.Page.Locator(":focus")).ToHaveAttributeAsync("aria-label", view);
        }

        await keys.PressAsync("Enter");
        await Expect(viewer.Heading).ToHaveTextAsync("Templates");
        await Expect(viewer.Page.Locator("main")).ToBeFocusedAsync(); // the start of the new view
        Assert.Equal("Templates · Gateway dashboard", await viewer.Page.TitleAsync());
    }

    [Fact]
    public async Task When_the_gateway_restarts_the_page_says_so_and_goes_on()
    {
        await using var system = await DashboardSystem.StartAsync();
        await using var viewer = await Viewer.EnterAsync(browser, system.Page);
        await system.Gateway.KillAsync();
        await viewer.SeesAsync(viewer.Page.Locator(".state"), "Reconnecting…");
        await viewer.SeesAsync(viewer.Page.GetByRole(AriaRole.Alert).First, "does not answer. The page shows the last known state");
        await viewer.KeepScreenshotAsync("away");

        await system.StartGatewayAsync();
        await viewer.SeesLiveAsync();
        await viewer.SeesNoMoreAsync(viewer.Page.Locator(".problem"));
        await viewer.ConnectAsync("work");
    }
}
