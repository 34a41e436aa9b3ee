using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>Every view at phone and desktop width, light and dark: screenshots are kept, the layout has no errors, and axe has no findings.</summary>
public sealed class DashboardAppearanceTests(BrowserFixture browser, DashboardFixture fixture)
    : IClassFixture<BrowserFixture>, IClassFixture<DashboardFixture>
{
    private static readonly string[] Views = ["Overview", "Hubs", "Live trace", "Test client", "Dead letters", "Templates"];

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(1280, 800, ColorScheme.Light)]
    [InlineData(1280, 800, ColorScheme.Dark)]
    public async Task Every_view_fits_and_can_be_read_by_everyone(int width, int height, ColorScheme colors)
    {
        await using var viewer = await Viewer.EnterAsync(browser, fixture.System.Page, new Size(width, height), colors);
        await viewer.ConnectAsync("late", "Somebody with a rather long name that goes on");
        await viewer.CallAsync("Invoke", "Order", """["tea"]""");
        await viewer.SeesAsync("Order failed");
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect" }).ClickAsync();
        await viewer.ConnectAsync("work", "Ann");
        await viewer.CallAsync("Invoke", "JoinGroup", """["tea"]""");
        await viewer.SeesAsync("JoinGroup answered");
        foreach (var view in Views)
        {
            await viewer.GoAsync(view);
            await viewer.SeesAsync(viewer.Page.Locator("main"), view);
            await Task.Delay(500); // lists are loaded a moment later
            await Layout.AssertFitsAsync(viewer.Page);
            await viewer.AssertAccessibleAsync();
            await viewer.KeepScreenshotAsync($"{view.Replace(' ', '-')}-{width}-{colors}".ToLowerInvariant());
        }
    }
}
