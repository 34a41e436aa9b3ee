using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Dashboard;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Hosting;

/// <summary>Prints the gateway's addresses and the next steps, once it listens.</summary>
internal static class Greeting
{
    private const int Mebibyte = 1024 * 1024;

    public static void Print(IServiceProvider services)
    {
        var access = services.GetRequiredService<IOptions<AccessOptions>>().Value;
        var templates = services.GetRequiredService<IOptionsMonitor<UpstreamSettings>>().CurrentValue.Templates;
        var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var isEmulatorKey = access.AccessKeys[0] == AccessOptions.EmulatorKey;
        foreach (var address in addresses)
        {
            var uri = new Uri(BrowserAddress(address));
            var key = isEmulatorKey ? AccessOptions.EmulatorKey : "<Gateway:AccessKeys:0>";
            Console.WriteLine($"The gateway listens on {address}");
            Console.WriteLine($"  connection string  Endpoint={uri.Scheme}://{uri.Host};Port={uri.Port};AccessKey={key};Version=1.0;");
        }

        if (isEmulatorKey)
        {
            Console.WriteLine("  access key         the emulator's well-known one, for development only; set Gateway:AccessKeys:0");
        }

        Console.WriteLine($"  settings           {Settings.Read ?? $"none: {Settings.EmulatorFile} was not found"}");
        if (templates.Count == 0)
        {
            Console.WriteLine("  upstream           none: set UpstreamSettings:Templates:0:UrlTemplate, or clients' calls end in an error");
        }

        for (var i = 0; i < templates.Count; i++)
        {
            Console.WriteLine($"  {(i == 0 ? "upstream" : ""),-18} template {i}: {ShownUrl.OfTemplate(templates[i].UrlTemplate)}{PatternsOf(templates[i])}");
        }

        Console.WriteLine($"  store              {Describe(services.GetRequiredService<IUserGroupStore>().Kind)}");
        if (services.GetRequiredService<IOptions<DashboardOptions>>().Value.Enabled)
        {
            var signIn = isEmulatorKey && services.GetRequiredService<IHostEnvironment>().IsDevelopment() ? "" : " (sign in with an access key)";
            Console.WriteLine($"  dashboard          {BrowserAddress(addresses.FirstOrDefault())}{DashboardEndpoints.Path}{signIn}");
        }

        var budget = services.GetRequiredService<NodeBudget>();
        Console.WriteLine(
            $"  limits             {budget.Clients} clients, by a descriptor limit of {budget.Descriptors}; "
            + $"{budget.UpstreamPerHost} connections to an upstream host; {budget.QueuedBytes / Mebibyte} MiB queued");
        Console.WriteLine($"  health             {addresses.FirstOrDefault()}/api/health");
    }

    // Replaces an address that stands for all interfaces by one that a browser can open.
    internal static string BrowserAddress(string? address) => (address ?? "").Replace("://*", "://localhost", StringComparison.Ordinal)
        .Replace("://+", "://localhost", StringComparison.Ordinal)
        .Replace("://[::]", "://localhost", StringComparison.Ordinal)
        .Replace("://0.0.0.0", "://localhost", StringComparison.Ordinal);

    private static string Describe(StoreKind kind) => kind switch
    {
        StoreKind.AzureTables => "Azure Tables: user groups, dead letters and usage are shared by the nodes of this account",
        StoreKind.Redis => "Redis: user groups, dead letters and usage are shared by the nodes and outlive each",
        _ => "memory: user groups, dead letters and usage end with this process; set Gateway:Tables to keep them",
    };

    // Returns the patterns that narrow the template down.
    private static string PatternsOf(UpstreamTemplateOptions template)
    {
        (string Name, string? Pattern)[] patterns =
        [
            (nameof(template.HubPattern), template.HubPattern),
            (nameof(template.CategoryPattern), template.CategoryPattern),
            (nameof(template.EventPattern), template.EventPattern),
        ];
        var narrow = string.Join(", ", patterns.Where(static one => one.Pattern != "*").Select(static one => $"{one.Name} '{one.Pattern}'"));
        return narrow.Length == 0 ? "" : $" ({narrow})";
    }
}
