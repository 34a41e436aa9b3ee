using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Dashboard;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Paths;

namespace Serverless.Gateway.Tests.Hosting;

/// <summary>The page at the root, requested over HTTP, in each environment.</summary>
public sealed partial class FrontPageTests(RecordingGateway gateway) : IClassFixture<RecordingGateway>
{
    private const string OwnKey = "a-key-of-ones-own-0123456789-0123456789";

    private static readonly HttpClient Http = new(MemoryNetwork.CreateHandler());

    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("*/*")]
    [InlineData(null)]
    public async Task The_root_answers_a_browser_and_curl_with_a_page_that_says_where_to_go(string? accept)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/", accept);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (answer.StatusCode, answer.Content.Headers.ContentType!.ToString()));
        Assert.Equal(["dashboard/", "api/health", "health/ready", "health/live"], Links(page));
        Assert.Contains($"Endpoint=http://127.0.0.1;Port={gateway.Address.Port};AccessKey={AccessOptions.EmulatorKey};Version=1.0;", page, StringComparison.Ordinal);
        Assert.Contains("docs/quickstart.md", page, StringComparison.Ordinal);
        foreach (var link in Links(page))
        {
            using var there = await SendAsync(HttpMethod.Get, "/" + link, null);
            Assert.Equal(HttpStatusCode.OK, there.StatusCode);
        }
    }

    [Fact]
    public async Task HEAD_of_the_root_is_200_with_the_length_of_the_page()
    {
        using var page = await SendAsync(HttpMethod.Get, "/", null);
        using var head = await SendAsync(HttpMethod.Head, "/", null);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(page.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_page_loads_nothing_and_its_policy_allows_its_own_style_only()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/", null);
        var page = await answer.Content.ReadAsStringAsync();
        var style = page.Split("<style>")[1].Split("</style>")[0];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/%2F", 404)]
    [InlineData("GET", "//", 404)]
    [InlineData("GET", "/index.html", 404)]
    [InlineData("GET", "/.", 400)]
    [InlineData("POST", "/", 405)]
    [InlineData("POST", "/api/hubs/chat/:send", 401)]
    [InlineData("POST", "/client/negotiate?hub=chat", 401)]
    [InlineData("GET", "/api/health", 200)]
    public async Task No_other_address_and_no_route_of_the_API_becomes_the_page(string method, string target, int status)
    {
        using var answer = await SendAsync(new HttpMethod(method), target, null);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.DoesNotContain("Serverless gateway", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", OwnKey)]
    [InlineData("Development", OwnKey)]
    [InlineData("Production", AccessOptions.EmulatorKey)]
    public async Task A_key_is_shown_only_if_it_is_the_emulators_in_Development(string environment, string key)
    {
        var page = await PageAsync(environment, key, "https", "gateway.example.com");
        Assert.DoesNotContain(key, page, StringComparison.Ordinal);
        Assert.Contains("Endpoint=https://gateway.example.com;AccessKey=&lt;access key&gt;;Version=1.0;", page, StringComparison.Ordinal);
        Assert.Contains("asks for an access key", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dashboard_that_is_turned_off_is_not_linked() =>
        Assert.DoesNotContain("dashboard", await PageAsync("Production", OwnKey, "http", "localhost:8888", hasDashboard: false), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task The_host_of_the_request_stays_text() =>
        Assert.DoesNotContain("<b>", await PageAsync("Production", OwnKey, "http", "<b>host</b>"), StringComparison.Ordinal);

    private static IEnumerable<string> Links(string page) => Link().Matches(page).Select(match => match.Groups[1].Value);

    private static async Task<string> PageAsync(string environment, string key, string scheme, string host, bool hasDashboard = true)
    {
        var access = new AccessOptions();
        access.AccessKeys.Add(key);
        var page = new FrontPage(
            new AccessKeys(Options.Create(access)),
            new PublicAddresses(Options.Create(access)),
            Options.Create(new DashboardOptions { Enabled = hasDashboard }),
            new HostingEnvironment { EnvironmentName = environment });
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Scheme = scheme;
        context.Request.Host = new HostString(host);
        context.Features.Set(RequestTarget.Parse("/"));
        using var body = new MemoryStream();
        context.Response.Body = body;
        await page.HandleAsync(context);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, string? accept)
    {
        var uri = new Uri($"{gateway.Address.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await Http.SendAsync(request);
    }

    [GeneratedRegex("<a href=\"([^\"]*)\"")]
    private static partial Regex Link();
}
