using System.Net;
using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using static Microsoft.Playwright.Assertions;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>In Production the dashboard shows nothing without a key, and never sends the key.</summary>
public sealed class SignInTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private const string Key = "a-key-of-the-dashboards-tests-that-nobody-knows-0123456789";

    private static readonly Dictionary<string, string?> Production = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["Gateway__AccessKeys__0"] = Key,
    };

    [Fact]
    public async Task Production_asks_for_a_key_which_stays_in_the_page()
    {
        await using var system = await DashboardSystem.StartAsync(Production, Key);
        await using var viewer = await Viewer.OpenAsync(browser, system.Page);
        var sent = new List<string>();
        viewer.Page.Request += (_, request) => sent.Add($"{request.Url} {string.Join(' ', request.Headers.Values)} {request.PostData}");
        viewer.Page.WebSocket += (_, socket) => sent.Add(socket.Url);

        await Expect(viewer.Heading).ToHaveTextAsync("Gateway dashboard");
        await viewer.AssertAccessibleAsync();
        await viewer.KeepScreenshotAsync("sign-in");
        await SignInAsync(viewer, DashboardSystem.EmulatorKey);
        await viewer.SeesAsync(viewer.Page.GetByRole(AriaRole.Alert), "not signed with an access key of this gateway");
        await SignInAsync(viewer, $"Endpoint={system.Address};AccessKey={Key};Version=1.0;");
        await viewer.SeesLiveAsync();
        await viewer.ConnectAsync("work", "Ann");

        Assert.True(sent.Count > 3);
        Assert.DoesNotContain(sent, text => text.Contains(Key, StringComparison.Ordinal));
        var kept = await viewer.Page.EvaluateAsync<string>("JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])");
        Assert.DoesNotContain(Key, kept, StringComparison.Ordinal);

        await viewer.Page.ReloadAsync();
        await viewer.SeesLiveAsync();
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(viewer.Field("Access key, connection string, or token")).ToBeVisibleAsync();
        await viewer.Page.ReloadAsync();
        await Expect(viewer.Field("Access key, connection string, or token")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Its_files_come_with_a_strict_policy_and_what_they_show_needs_a_token()
    {
        await using var system = await DashboardSystem.StartAsync(Production, Key);
        using var client = new HttpClient { BaseAddress = system.Address };
        using var page = await client.GetAsync("/dashboard");
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);

        foreach (var path in new[] { "hubs/work/connections", "hubs/work/users", "hubs/work/groups", "templates", "dead-letters", "usage" })
        {
            using var refused = await client.GetAsync("/admin/" + path);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        foreach (var path in new[] { "hubs/work/:generateToken", "live/negotiate" })
        {
            using var refused = await client.PostAsync("/admin/" + path, null);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.DoesNotContain("accessKey", await client.GetStringAsync("/dashboard/sign-in.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_can_be_turned_off()
    {
        await using var system = await DashboardSystem.StartAsync(new(Production) { ["Gateway__Dashboard__Enabled"] = "false" }, Key);
        using var client = new HttpClient { BaseAddress = system.Address };
        foreach (var path in new[] { "/dashboard/", "/dashboard/app.js", "/dashboard/sign-in.json" })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        Assert.DoesNotContain("dashboard", system.Gateway.Log, StringComparison.Ordinal);
    }

    private static async Task SignInAsync(Viewer viewer, string secret)
    {
        await viewer.Field("Access key, connection string, or token").FillAsync(secret);
        await viewer.Page.Keyboard.PressAsync("Enter");
    }
}
