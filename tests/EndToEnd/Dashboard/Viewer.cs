using System.Collections.Concurrent;
using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using Serverless.Support.Processes;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>A person at the dashboard: a browser window with its actions and checks.</summary>
internal sealed class Viewer : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const string AxeFile = "tests/EndToEnd/Dashboard/node_modules/axe-core/axe.min.js";

    // The rules of WCAG 2.2 up to AA, and axe's best practices.
    private const string RunAxe = """
        () => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
          ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join('\n  ')}`))
        """;

    private readonly ConcurrentQueue<string> _errors = new();

    private Viewer(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Console += (_, message) =>
        {
            // The browser's own messages about a failed connection are not errors of the page.
            if (message.Type == "error" && !message.Text.Contains("net::", StringComparison.Ordinal) && !message.Text.Contains("WebSocket", StringComparison.Ordinal)
                && !message.Text.Contains("status of", StringComparison.Ordinal))
            {
                _errors.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>The uncaught exceptions and the violations of the content security policy, which must be empty.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public ILocator Heading => Page.Locator("h1");

    public static async Task<Viewer> OpenAsync(BrowserFixture browser, Uri page, Size? size = null, ColorScheme colors = ColorScheme.Light)
    {
        var viewer = new Viewer(await browser.OpenAsync(size ?? Size.Desktop, colors));
        await viewer.Page.GotoAsync(page.ToString());
        return viewer;
    }

    /// <summary>Opens the page where no sign-in is needed, and waits until it receives the feed.</summary>
    public static async Task<Viewer> EnterAsync(BrowserFixture browser, Uri page, Size? size = null, ColorScheme colors = ColorScheme.Light)
    {
        var viewer = await OpenAsync(browser, page, size, colors);
        await viewer.SeesLiveAsync();
        return viewer;
    }

    public Task SeesLiveAsync() => SeesAsync(Page.Locator(".state"), "Live");

    public async Task GoAsync(string view)
    {
        await Page.GetByRole(AriaRole.Link, new() { Name = view, Exact = true }).First.ClickAsync();
        await Expect(Heading).ToHaveTextAsync(view);
    }

    /// <summary>Connects the test client.</summary>
    public async Task ConnectAsync(string hub, string? user = null, string transport = "WebSockets", string protocol = "JSON")
    {
        await GoAsync("Test client");
        await Field("Hub").FillAsync(hub);
        await Field("User").FillAsync(user ?? "");
        await Field("Transport").SelectOptionAsync(new SelectOptionValue { Label = transport });
        if (protocol != "JSON")
        {
            await Field("Protocol").SelectOptionAsync(new SelectOptionValue { Label = protocol });
        }

        await Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await SeesAsync(Page.Locator(".log"), $"Connected to {hub}");
    }

    /// <summary>Calls a method with the test client.</summary>
    /// <param name="way">Invoke, Send or Stream.</param>
    /// <param name="method">The method.</param>
    /// <param name="arguments">A JSON array.</param>
    public async Task CallAsync(string way, string method, string arguments = "")
    {
        await Field("Method").FillAsync(method);
        await Field("Arguments, a JSON array").FillAsync(arguments);
        await Page.GetByRole(AriaRole.Button, new() { Name = way, Exact = true }).ClickAsync();
    }

    public Task SeesAsync(string text) => SeesAsync(Page.Locator("#app"), text);

    public Task SeesAsync(ILocator where, string text) => Expect(where).ToContainTextAsync(text, new() { Timeout = Patience });

    public Task SeesNoMoreAsync(ILocator what) => Expect(what).ToHaveCountAsync(0, new() { Timeout = Patience });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Field(string label) => Page.GetByLabel(label, new() { Exact = true });

    /// <summary>Returns the tile of a figure.</summary>
    public ILocator Tile(string name) => Page.Locator(".tile", new() { Has = Page.GetByText(name, new() { Exact = true }) }).Locator(".value");

    public async Task AssertAccessibleAsync()
    {
        var axe = Path.Combine(BuiltProgram.RepositoryRoot, AxeFile);
        Assert.True(File.Exists(axe), "axe-core is missing: run 'npm ci' in tests/EndToEnd/Dashboard.");
        await Page.EvaluateAsync(await File.ReadAllTextAsync(axe) + "; undefined");
        var violations = await Page.EvaluateAsync<string[]>(RunAxe);
        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    public Task KeepScreenshotAsync(string name) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(BrowserFixture.Screenshots, $"dashboard-{name}.png") });

    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        Assert.Empty(_errors);
    }
}
