using Serverless.EndToEnd.Browsers;
using Serverless.EndToEnd.Dashboard;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>People chat on the page, through the real gateway, with the real function app.</summary>
public sealed class ChatPageTests(BrowserFixture browser, ChatSystemFixture fixture)
    : IClassFixture<BrowserFixture>, IClassFixture<ChatSystemFixture>
{
    private readonly Uri _page = fixture.System.PageAddress;

    [Fact]
    public async Task Two_people_talk_in_a_room()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann");
        await using var bob = await Person.JoinAsync(browser, _page, "Bob", Size.Phone);
        await ann.SeesHereAsync(bob);

        await ann.SayAsync("Hello Bob");
        await bob.SeesAsync("Hello Bob");
        await bob.SayAsync("Hello Ann, from a phone");
        await ann.SeesAsync("Hello Ann, from a phone");

        AssertNoErrors(ann, bob);
    }

    [Fact]
    public async Task The_dashboards_test_client_gets_a_message_back_from_the_chat_without_any_typing()
    {
        await using var viewer = await Viewer.EnterAsync(browser, new Uri(fixture.System.GatewayAddress, "/dashboard/"));
        await viewer.GoAsync("Test client");
        var log = viewer.Page.Locator(".log");
        await viewer.Button("Connect").ClickAsync();
        await viewer.SeesAsync(log, "Connected to chat");
        await viewer.Button("Invoke").ClickAsync();
        await viewer.SeesAsync(log, "Joined");
        await viewer.Button("Say hello there").ClickAsync();
        await viewer.Button("Invoke").ClickAsync();
        await viewer.SeesAsync(log.Locator("li").Filter(new() { HasText = "Said" }), "\"text\": \"Hello\"");
        await viewer.Button("Whisper to ann").ClickAsync();
        await viewer.Button("Send").ClickAsync();
        await viewer.SeesAsync(log.Locator("li").Filter(new() { HasText = "Whispered" }), "\"to\": \"ann\"");
        Assert.Equal(0, await log.Locator(".badge.bad").CountAsync());
        await viewer.KeepScreenshotAsync("client-chat");
    }

    [Fact]
    public async Task The_dashboard_shows_the_names_of_the_chats_users_decoded()
    {
        await using var person = await Person.JoinAsync(browser, _page, "Bøb & Ann");
        await using var viewer = await Viewer.EnterAsync(browser, new Uri(fixture.System.GatewayAddress, "/dashboard/#/hubs/chat"));
        var rows = viewer.Page.Locator("tbody");
        await viewer.SeesAsync(rows, "Bøb & Ann");
        await viewer.Button("Users").ClickAsync();
        await viewer.Page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Bøb & Ann" }).ClickAsync();
        await Expect(viewer.Page.Locator("#list-title")).ToHaveTextAsync("Connections of user Bøb & Ann");
        await viewer.SeesAsync(rows, "Bøb & Ann");
        Assert.DoesNotContain("%C3%B8", await viewer.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);

        await viewer.GoAsync("Live trace");
        await viewer.Field("User").FillAsync("Bøb & Ann");
        await viewer.Page.Keyboard.PressAsync("Enter");
        await person.SayAsync("Traced");
        await viewer.SeesAsync(viewer.Page.Locator(".events > li").First, "Bøb & Ann");
        Assert.DoesNotContain("%C3%B8", await viewer.Page.Locator(".events").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_is_heard_by_those_who_joined_it_and_no_longer_by_those_who_left()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann in rooms");
        await using var bob = await Person.JoinAsync(browser, _page, "Bob in rooms");
        await ann.JoinRoomAsync("tea & <cake>");
        await bob.OpenRoomAsync("tea & <cake>"); // the list shows the room, because a person is in it
        await ann.SeesInRoomAsync("2 here: you, Bob in rooms");
        await bob.SeesInRoomAsync("2 here: Ann in rooms, you");

        await bob.SayAsync("Only here");
        await ann.SeesAsync("Only here");
        await ann.OpenRoomAsync("lobby");
        await Expect(ann.Page.Locator("#log").GetByText("Only here")).ToHaveCountAsync(0);

        await bob.Page.ClickAsync("#leave-room");
        await ann.OpenRoomAsync("tea & <cake>");
        await ann.SeesInRoomAsync("1 here: you");
        await ann.SayAsync("Nobody hears this");
        await Expect(bob.Page.Locator("[data-room=\"tea & <cake>\"] .note")).ToHaveTextAsync("join");
        await Expect(bob.Page.Locator("#rooms .badge")).ToHaveCountAsync(0);

        AssertNoErrors(ann, bob);
    }

    [Fact]
    public async Task A_direct_message_reaches_only_the_one_it_is_for()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann whispers");
        await using var bob = await Person.JoinAsync(browser, _page, "Çiğdem 李");
        await using var cy = await Person.JoinAsync(browser, _page, "Cy listens");
        await ann.SeesHereAsync(cy, bob);

        await ann.OpenPersonAsync(bob);
        await ann.SayAsync("For your eyes only");
        await Expect(bob.Page.Locator($"[data-person=\"{ann.Name}\"] .badge")).ToHaveTextAsync("1 unread");
        await bob.OpenPersonAsync(ann);
        await bob.SeesAsync("For your eyes only");
        await bob.SayAsync("Understood");
        await ann.SeesAsync("Understood");

        // A message to all follows the private ones, so a person who has it would have received those before.
        await bob.OpenRoomAsync("lobby");
        await bob.SayAsync("A word to all");
        await cy.SeesAsync("A word to all");
        await Expect(cy.Page.Locator("#people .badge")).ToHaveCountAsync(0);

        AssertNoErrors(ann, bob, cy);
    }

    [Fact]
    public async Task Who_is_here_follows_those_who_come_and_go()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann stays");
        var bob = await Person.JoinAsync(browser, _page, "Bob goes");
        await ann.SeesHereAsync(bob);
        await bob.SeesHereAsync(ann);
        await ann.SeesInRoomAsync("2 here: you, Bob goes");

        await bob.DisposeAsync();
        await Expect(ann.Page.Locator("#people .empty")).ToBeVisibleAsync();
        await ann.SeesInRoomAsync("1 here: you");
        await Expect(ann.Page.Locator("#log").GetByText("Bob goes left")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_somebody_writes_is_shown_as_text()
    {
        const string Markup = "<img src=x onerror=\"document.title='broken'\"><b>bold</b> &amp; <script>document.title='broken'</script>";
        await using var ann = await Person.JoinAsync(browser, _page, "<i>Ann</i>");
        await using var bob = await Person.JoinAsync(browser, _page, "Bob reads");

        await ann.SayAsync(Markup);
        await bob.SeesAsync(Markup);

        await Expect(bob.Page.Locator("#people .label")).ToHaveTextAsync("<i>Ann</i>");
        Assert.Equal(0, await bob.Page.Locator("main img, main b:not(.who b), main i, main script").CountAsync());
        Assert.DoesNotContain("broken", await bob.Page.TitleAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_comes_back_to_the_same_name_and_rooms()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann reloads");
        await using var bob = await Person.JoinAsync(browser, _page, "Bob waits");
        await ann.JoinRoomAsync("den");
        await bob.OpenRoomAsync("den");

        await ann.Page.ReloadAsync();
        await ann.SeesConnectedAsync();
        await ann.OpenRoomAsync("den");
        await bob.SeesInRoomAsync("2 here: Ann reloads, you");
        await bob.SayAsync("Welcome back");
        await ann.SeesAsync("Welcome back");
    }

    [Fact]
    public async Task Everything_can_be_done_with_the_keyboard()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann listening");
        await using var bob = await Person.ArriveAsync(browser, _page, "Bob types");
        var keys = bob.Page.Keyboard;

        await keys.TypeAsync("Bob types"); // the name field has the initial focus
        await keys.PressAsync("Tab");
        await AssertFocusAsync(bob, "Join the chat");
        await keys.PressAsync("Enter");
        await bob.SeesConnectedAsync();

        await AssertFocusAsync(bob, "Message # lobby");
        await keys.TypeAsync("First line");
        await keys.PressAsync("Shift+Enter");
        await keys.TypeAsync("second line");
        await keys.PressAsync("Enter");
        await Expect(ann.Page.Locator(".bubble").Last).ToHaveTextAsync("First line\nsecond line");
        Assert.Equal("", await bob.Page.InputValueAsync("#text"));
        await keys.PressAsync("Tab");
        await AssertFocusAsync(bob, "Send");

        // Backwards through all elements, in the order of the page.
        await bob.SeesHereAsync(ann);
        await keys.PressAsync("Shift+Tab");
        foreach (var expected in new[] { "Sign out", "Ann listening", "Join room", "Room to join", "lobby" })
        {
            await keys.PressAsync("Shift+Tab");
            await AssertFocusAsync(bob, expected);
        }

        await keys.PressAsync("Tab");
        await keys.TypeAsync("keyboard room");
        await keys.PressAsync("Enter");
        await AssertFocusAsync(bob, "Message # keyboard room");
        await keys.TypeAsync("Typed, not clicked");
        await keys.PressAsync("Enter");
        await bob.SeesAsync("Typed, not clicked");
    }

    [Fact]
    public async Task On_a_phone_rooms_and_people_are_a_sheet_that_the_keyboard_opens_and_closes()
    {
        await using var ann = await Person.JoinAsync(browser, _page, "Ann on a phone", Size.Phone);
        var side = ann.Page.Locator("#side");
        await Expect(side).ToBeHiddenAsync();

        await ann.Page.FocusAsync("#menu");
        await ann.Page.Keyboard.PressAsync("Enter");
        await Expect(side).ToBeVisibleAsync();
        await Expect(ann.Page.Locator("#menu")).ToHaveAttributeAsync("aria-expanded", "true");
        await AssertFocusAsync(ann, "lobby");
        await ann.Page.Keyboard.PressAsync("Escape");
        await Expect(side).ToBeHiddenAsync();
        await AssertFocusAsync(ann, "Rooms and people");
    }

    // Checks the accessible name of the focused element, and that its focus is visible.
    private static async Task AssertFocusAsync(Person person, string name)
    {
        var focused = person.Page.Locator(":focus");
        await Expect(focused).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex(
            $"^(# ?)?{System.Text.RegularExpressions.Regex.Escape(name)}"));
        var outline = await focused.EvaluateAsync<string>("e => getComputedStyle(e).outlineStyle + ' ' + getComputedStyle(e).outlineWidth");
        Assert.Equal("solid 3px", outline);
    }

    private static void AssertNoErrors(params Person[] people) => Assert.Empty(people.SelectMany(person => person.Errors));
}

/// <summary>A running system for the tests that do not stop it.</summary>
public sealed class ChatSystemFixture : IAsyncLifetime
{
    private ChatSystem? _system;

    internal ChatSystem System => _system!;

    public async Task InitializeAsync() => _system = await ChatSystem.StartAsync();

    public async Task DisposeAsync() => await System.DisposeAsync();
}
