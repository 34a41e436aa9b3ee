using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Proxies;

/// <summary>A gateway whose public address has a path, behind proxies configured as in proxies.md, which remove the path or keep it.</summary>
public sealed class ProxiedGateway : ProcessFixture, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _proxies = [];
    private readonly Dictionary<string, Uri> _addresses = [];

    /// <summary>Returns the address of a proxy; <c>none</c> is the gateway itself.</summary>
    public Uri AddressOf(string proxy) => _addresses[proxy];

    public new async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _addresses["none"] = Address;
        var text = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "proxies.md"));
        var sites = Blocks(text, "nginx");
        await AddNginxAsync("nginx, path left", sites[0]);
        await AddNginxAsync("nginx, path taken off", sites[1]);
        var yarp = Blocks(text, "json").Single();
        await AddYarpAsync("yarp, path taken off", yarp);
        await AddYarpAsync("yarp, path left", yarp.Replace("""{ "PathRemovePrefix": "/signalr" },""", "", StringComparison.Ordinal));
    }

    public override async Task DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override void Configure(Dictionary<string, string?> environment) => environment["Gateway__Endpoints__0"] = "http://127.0.0.1/signalr";

    private static List<string> Blocks(string text, string language) =>
        [.. Regex.Matches(text, $"(?ms)^```{language}\n(.*?)^```").Select(static match => match.Groups[1].Value)];

    private async Task AddNginxAsync(string name, string site)
    {
        var nginx = await NginxServer.StartAsync(site, Address);
        _proxies.Add(nginx);
        _addresses[name] = nginx.Address;
    }

    private async Task AddYarpAsync(string name, string settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(settings.Replace("gateway:8888", Address.Authority, StringComparison.Ordinal)));
        builder.Services.AddReverseProxy().LoadFromConfig(new ConfigurationBuilder().AddJsonStream(json).Build().GetSection("ReverseProxy"));
        var app = builder.Build();
        _proxies.Add(app);
        app.MapReverseProxy();
        await app.StartAsync();
        _addresses[name] = new Uri(app.Urls.Single());
    }
}
