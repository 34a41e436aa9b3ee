using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Playwright;
using Serverless.EndToEnd.Browsers;
using Serverless.EndToEnd.ChatPage;
using Serverless.EndToEnd.DotNetClient;
using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Apps;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Template;

/// <summary><c>dotnet new serverless-hubs</c>: the packages, the app created from them, and its work through the gateway.</summary>
public sealed class TemplateTests(CreatedApp app, BrowserFixture browser) : IClassFixture<CreatedApp>, IClassFixture<BrowserFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void The_library_s_package_brings_its_analyzers_and_says_what_it_is()
    {
        using var package = ZipFile.OpenRead(app.PackageOf("Serverless.Hubs"));
        var names = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("lib/net10.0/Hubs.dll", names);
        Assert.Contains("lib/net10.0/Hubs.xml", names);
        Assert.Contains("analyzers/dotnet/cs/Hubs.Analyzers.dll", names);

        var dependencies = Metadata(package).Descendants().Where(element => element.Name.LocalName == "dependency")
            .ToDictionary(element => (string)element.Attribute("id")!, element => (string)element.Attribute("version")!);
        Assert.Equal(app.Version, dependencies["Serverless.Protocol"]);
        Assert.DoesNotContain("Hubs.Analyzers", dependencies.Keys);
    }

    [Theory]
    [InlineData("Serverless.Hubs", true)]
    [InlineData("Serverless.Hubs.Functions", true)]
    [InlineData("Serverless.Protocol", true)]
    [InlineData("Serverless.Templates", false)]
    public void A_package_has_metadata_a_readme_a_licence_and_symbols(string id, bool hasCode)
    {
        using var package = ZipFile.OpenRead(app.PackageOf(id));
        var metadata = Metadata(package).Elements().ToDictionary(element => element.Name.LocalName, element => element.Value);
        Assert.Equal((id, app.Version, "MIT", "README.md"), (metadata["id"], metadata["version"], metadata["license"], metadata["readme"]));
        Assert.All(["authors", "description", "tags"], name => Assert.NotEmpty(metadata[name]));
        Assert.Contains($"# {id}", new StreamReader(package.GetEntry("README.md")!.Open()).ReadToEnd(), StringComparison.Ordinal);

        Assert.Equal(hasCode, File.Exists(app.PackageOf(id, "snupkg")));
        if (hasCode)
        {
            using var symbols = ZipFile.OpenRead(app.PackageOf(id, "snupkg"));
            Assert.Contains(symbols.Entries, entry => entry.Name == $"{id["Serverless.".Length..]}.pdb");
        }
    }

    [Fact]
    public void The_package_for_functions_brings_the_library_and_the_worker_along()
    {
        using var package = ZipFile.OpenRead(app.PackageOf("Serverless.Hubs.Functions"));
        Assert.Contains(package.Entries, entry => entry.FullName == "lib/net10.0/Hubs.Functions.dll");
        var dependencies = Metadata(package).Descendants().Where(element => element.Name.LocalName == "dependency")
            .ToDictionary(element => (string)element.Attribute("id")!, element => (string)element.Attribute("version")!);
        Assert.Equal(app.Version, dependencies["Serverless.Hubs"]);
        Assert.Contains("Microsoft.Azure.Functions.Worker", dependencies.Keys);
    }

    [Fact]
    public void The_isolated_worker_bears_its_name_and_lies_where_the_Functions_host_looks()
    {
        Assert.Null(HostFile.Read(app.Output, new Dictionary<string, string?>()).Handler);
        Assert.All(
            ["worker.config.json", "functions.metadata", "local.settings.json", CreatedApp.Name + ".dll"],
            file => Assert.True(File.Exists(Path.Combine(app.Output, file)), file));
        AssertNamed(app.Project);
    }

    [Fact]
    public void The_custom_handler_bears_its_name_and_lies_where_the_Functions_host_looks()
    {
        var host = HostFile.Read(app.CustomOutput, new Dictionary<string, string?>());
        Assert.Equal(Path.Combine(app.CustomOutput, CreatedApp.CustomName), host.Handler!.Executable);
        var errors = new Dictionary<string, string>();
        Assert.Equal(["negotiate", "page", "upstream"], FunctionFiles.ReadFolders(app.CustomOutput, errors).Select(function => function.Name).Order());
        Assert.Empty(errors);
        Assert.True(File.Exists(Path.Combine(app.CustomOutput, "local.settings.json")));
        AssertNamed(app.CustomProject);
    }

    [Fact]
    public void Its_nuget_config_names_the_folder_of_packages_and_is_there_only_with_one()
    {
        var configuration = XDocument.Load(Path.Combine(app.Project, "nuget.config"));
        Assert.Equal(app.Packages, (string?)configuration.Descendants("add").Single().Attribute("value"));
        Assert.Empty(configuration.Descendants("clear")); // the user's own package sources are kept
        Assert.False(File.Exists(Path.Combine(app.PlainProject, "nuget.config")));
    }

    [Fact]
    public void Its_page_loads_nothing_from_elsewhere()
    {
        var page = File.ReadAllText(Path.Combine(app.Output, "page", "index.html"));
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        var locked = Path.Combine(BuiltProgram.RepositoryRoot, "src", "Functions", "node_modules", "@microsoft", "signalr", "dist", "browser", "signalr.min.js");
        Assert.Equal(File.ReadAllBytes(locked), File.ReadAllBytes(Path.Combine(app.Output, "page", "signalr.min.js")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_hub_is_called_through_the_gateway_from_the_Functions_host_s_files(bool isCustom)
    {
        await using var system = new ChatSystem();
        await using var host = await StartAsync(system, isCustom);
        await using var ann = await ConnectAsync(host, "Ann");
        var said = new TaskCompletionSource<(string, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        ann.On<string, string>("Said", (from, text) =>
        {
            if (text == "Hello")
            {
                said.TrySetResult((from, text));
            }
        });
        await using var bob = await ConnectAsync(host, "Bob");

        Assert.Equal(5, await bob.InvokeAsync<int>("say", "Hello").WaitAsync(Limit));
        Assert.Equal(("Bob", "Hello"), await said.Task.WaitAsync(Limit));
        var refusal = await Assert.ThrowsAsync<HubException>(() => bob.InvokeAsync<int>("say", " ").WaitAsync(Limit));
        Assert.Equal("An unexpected error occurred invoking 'Say' on the server. HubException: Say something.", refusal.Message);

        using var http = new HttpClient { BaseAddress = host.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/api/negotiate", null)).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_page_talks_in_a_browser(bool isCustom)
    {
        await using var system = new ChatSystem();
        await using var host = await StartAsync(system, isCustom);
        var ann = await OpenAsync(host, "Ann");
        var bob = await OpenAsync(host, "Bob");

        await ann.GetByLabel("Message").FillAsync("Hello from the template");
        await ann.GetByRole(AriaRole.Button).ClickAsync();

        await bob.GetByText("Ann: Hello from the template").WaitForAsync();
        await ann.GetByText("23 characters said.").WaitForAsync();
        await ann.Context.CloseAsync();
        await bob.Context.CloseAsync();
    }

    private static void AssertNamed(string project)
    {
        var name = Path.GetFileName(project);
        Assert.Contains($"namespace {name.Replace('-', '_')};", File.ReadAllText(Path.Combine(project, "ChatHub.cs")), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(project, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .Where(file => !Path.GetRelativePath(project, file).StartsWith("bin", StringComparison.Ordinal)
                    && !Path.GetRelativePath(project, file).StartsWith("obj", StringComparison.Ordinal)),
            file => file.Contains("serverless-app", StringComparison.Ordinal) || File.ReadAllText(file).Contains("serverless-app", StringComparison.OrdinalIgnoreCase));
    }

    private async Task<FunctionsHostApp> StartAsync(ChatSystem system, bool isCustom)
    {
        var host = await FunctionsHostApp.StartAsync(isCustom ? app.CustomOutput : app.Output, system.FunctionsEnvironment);
        Assert.True(await host.WhenReady, host.Log);
        await system.StartGatewayAsync(host.Address);
        return host;
    }

    private static async Task<HubConnection> ConnectAsync(FunctionsHostApp host, string user)
    {
        using var http = new HttpClient { BaseAddress = host.Address };
        var answer = await (await http.PostAsync($"/api/negotiate?user={user}", null)).Content.ReadFromJsonAsync<JsonElement>();
        var url = new Uri(answer.GetProperty("url").GetString()!);
        var connection = Client.Build(url, answer.GetProperty("accessToken").GetString()!, negotiates: true, reconnects: false);
        await connection.StartAsync().WaitAsync(Limit);
        return connection;
    }

    // The page must send requests only to the app itself and to the gateway.
    private async Task<IPage> OpenAsync(FunctionsHostApp host, string user)
    {
        var page = await browser.OpenAsync(Size.Phone, ColorScheme.Light);
        await page.RouteAsync(url => !new Uri(url).IsLoopback, static route => route.AbortAsync());
        await page.GotoAsync(new Uri(host.Address, $"/api/page?user={user}").ToString());
        await page.GetByText($"Connected as {user}.").WaitForAsync();
        return page;
    }

    private static XElement Metadata(ZipArchive package)
    {
        using var nuspec = package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }
}
