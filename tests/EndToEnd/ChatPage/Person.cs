using System.Collections.Concurrent;
using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>A person who chats: a browser window with its actions and checks.</summary>
internal sealed class Person : IAsyncDisposable
{
    private const float Patience = 30_000;

    private readonly ConcurrentQueue<string> _errors = new();

    private Person(IPage page, string name)
    {
        Page = page;
        Name = name;
        page.PageError += (_, error) => _errors.Enqueue(error);
    }

    public IPage Page { get; }

    public string Name { get; }

    /// <summary>The uncaught exceptions, which must be empty.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    private ILocator Status => Page.Locator("#status");

    private ILocator Problem => Page.Locator("#problem");

    /// <summary>Opens the page without joining.</summary>
    public static async Task<Person> ArriveAsync(
        BrowserFixture browser, Uri page, string name, Size? size = null, ColorScheme colors = ColorScheme.Light)
    {
        var person = new Person(await browser.OpenAsync(size ?? Size.Desktop, colors), name);
        await person.Page.GotoAsync(page.ToString());
        return person;
    }

    /// <summary>Opens the page, joins, and waits until the page is connected.</summary>
    public static async Task<Person> JoinAsync(
        BrowserFixture browser, Uri page, string name, Size? size = null, ColorScheme colors = ColorScheme.Light)
    {
        var person = await ArriveAsync(browser, page, name, size, colors);
        await person.EnterAsync();
        await person.SeesConnectedAsync();
        return person;
    }

    public async Task EnterAsync()
    {
        await Page.FillAsync("#name", Name);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Sends a message in the current conversation and waits until it is shown.</summary>
    public async Task SayAsync(string text)
    {
        await TypeAsync(text);
        await SeesAsync(text);
    }

    public async Task TypeAsync(string text)
    {
        await Page.FillAsync("#text", text);
        await Page.PressAsync("#text", "Enter");
    }

    public Task OpenRoomAsync(string room) => Page.ClickAsync($"[data-room=\"{room}\"]");

    public Task OpenPersonAsync(Person other) => Page.ClickAsync($"[data-person=\"{other.Name}\"]");

    public async Task JoinRoomAsync(string room)
    {
        await Page.FillAsync("#room-name", room);
        await Page.PressAsync("#room-name", "Enter");
        await Expect(Page.Locator("#title")).ToHaveTextAsync($"# {room}");
    }

    public Task SeesConnectedAsync() =>
        Expect(Status).ToHaveTextAsync("Connected · WebSockets", new() { Timeout = Patience });

    public Task SeesReconnectingAsync() => Expect(Status).ToHaveTextAsync("Reconnecting…", new() { Timeout = Patience });

    public Task SeesConnectingAsync() => Expect(Status).ToHaveTextAsync("Connecting…", new() { Timeout = Patience });

    /// <summary>Waits until the current conversation shows a message with exactly this text.</summary>
    public Task SeesAsync(string text) =>
        Expect(Page.Locator("#log").GetByText(text, new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = Patience });

    public Task SeesInRoomAsync(string names) =>
        Expect(Page.Locator("#subtitle")).ToHaveTextAsync(names, new() { Timeout = Patience });

    /// <summary>Waits until exactly these people are shown as present.</summary>
    public async Task SeesHereAsync(params Person[] others)
    {
        foreach (var other in others)
        {
            await Expect(Page.Locator($"[data-person=\"{other.Name}\"]")).ToHaveCountAsync(1, new() { Timeout = Patience });
        }

        await Expect(Page.Locator("#people button")).ToHaveCountAsync(others.Length, new() { Timeout = Patience });
    }

    public Task SeesProblemAsync(string title) =>
        Expect(Page.Locator("#problem-title")).ToHaveTextAsync(title, new() { Timeout = Patience });

    public Task SeesNoProblemAsync() => Expect(Problem).ToBeHiddenAsync(new() { Timeout = Patience });

    public async Task<string> KeepScreenshotAsync(string name)
    {
        var path = Path.Combine(BrowserFixture.Screenshots, name + ".png");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path });
        return path;
    }

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();
}
