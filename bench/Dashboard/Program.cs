// Opens a gateway's dashboard in Chromium for a while, and reports its long tasks:
//
//   dotnet Dashboard.dll ADDRESS ACCESS-KEY SECONDS
//
// Exits with 1 if a task took more than 100 ms. bench/dashboard.sh runs it beside a gateway under load.

using System.Globalization;
using Microsoft.Playwright;

const int MaxTask = 100; // ms
const string Executable = "/usr/bin/chromium";

// Half of the time on the figures and half on the live trace, which draws the most.
string[] views = ["Overview", "Live trace"];

if (args is not [var address, var key, var text] || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
{
    Console.Error.WriteLine("Usage: Dashboard ADDRESS ACCESS-KEY SECONDS");
    return 2;
}

using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(new()
{
    ExecutablePath = Executable,
    Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
await page.AddInitScriptAsync("""
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true });
    """);
await page.GotoAsync(new Uri(new Uri(address), "/dashboard/").ToString());
await page.GetByLabel("Access key, connection string, or token").FillAsync(key);
await page.Keyboard.PressAsync("Enter");
await page.Locator(".state[data-state=live]").WaitForAsync();

var failed = false;
foreach (var view in views)
{
    await page.GetByRole(AriaRole.Link, new() { Name = view, Exact = true }).ClickAsync();
    await page.EvaluateAsync("window.longTasks.length = 0");
    await Task.Delay(TimeSpan.FromSeconds((double)seconds / views.Length));
    var tasks = await page.EvaluateAsync<double[]>("window.longTasks");
    var shown = await page.Locator(view == "Overview" ? ".tile .value" : ".figures").AllInnerTextsAsync();
    var rows = await page.Locator("main *").CountAsync();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{view}: {tasks.Length} tasks over 50 ms, the longest {tasks.DefaultIfEmpty(0).Max():F0} ms; {rows} elements; {string.Join(" · ", shown).Replace('\n', ' ')}"));
    failed |= tasks.Any(task => task > MaxTask);
}

return failed ? 1 : 0;
