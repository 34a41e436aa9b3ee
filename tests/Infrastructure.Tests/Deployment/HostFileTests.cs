using System.Text.Json.Nodes;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>The settings of the Functions host.</summary>
public sealed class HostFileTests
{
    private static readonly string[] Files =
    [
        "host.json",
        .. Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "src"), "host.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(BuiltProgram.RepositoryRoot, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules")),
    ];

    // Hosts before April 2025 support only forwarding, and answer 500 without it; newer ones prefer proxying.
    [Fact]
    public void A_custom_handler_s_host_json_has_requests_passed_on_by_old_hosts_and_new()
    {
        const string Template = "src/Templates/serverless-hubs";
        Assert.Equal(["host.json", $"{Template}/custom/host.json", $"{Template}/isolated/host.json"], Files.Order());
        Assert.All(Files, file =>
        {
            var handler = JsonNode.Parse(File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, file)))!["customHandler"];
            Assert.Equal(file.Contains("custom", StringComparison.Ordinal), handler is not null);
            if (handler is null)
            {
                return;
            }

            Assert.True(handler["enableProxyingHttpRequest"]!.GetValue<bool>(), file);
            Assert.True(handler["enableForwardingHttpRequest"]?.GetValue<bool>(), file);
        });
    }
}
