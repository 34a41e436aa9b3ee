using Microsoft.Playwright;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Browsers;

/// <summary>A headless Chromium, as installed by Debian, for all tests of a page.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The folder of the screenshots.</summary>
    public static string Screenshots { get; } = Path.Combine(BuiltProgram.RepositoryRoot, "artifacts", "screenshots");

    public async Task InitializeAsync()
    {
        Assert.True(File.Exists(Executable), $"The tests of pages need {Executable}: apt-get install chromium.");
        Directory.CreateDirectory(Screenshots);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        });
    }

    /// <summary>Opens a window with its own storage, as of another person on another machine.</summary>
    internal async Task<IPage> OpenAsync(Size size, ColorScheme colors, bool hasScripts = true)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = size.Width, Height = size.Height },
            ColorScheme = colors,
            Locale = "en-GB",
            JavaScriptEnabled = hasScripts,
        });
        context.SetDefaultTimeout(30_000);
        return await context.NewPageAsync();
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>A window's size in CSS pixels.</summary>
internal readonly record struct Size(int Width, int Height)
{
    public static Size Phone { get; } = new(390, 844);

    public static Size Desktop { get; } = new(1280, 800);
}
