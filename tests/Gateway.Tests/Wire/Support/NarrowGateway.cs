using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway with a small limit of open files, and eight connections per upstream host.</summary>
public sealed class NarrowGateway : MeteredGateway
{
    public const int PerHost = 8;

    private UpstreamRecorder? _other;

    /// <summary>Another host, for the hubs named <c>other</c> and <c>third</c>.</summary>
    internal UpstreamRecorder Other => _other!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _other!.DisposeAsync();
    }

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        base.Configure(environment);
        environment["Gateway__Upstream__MaxConnections"] = "8";
        environment["UpstreamSettings__Templates__1__UrlTemplate"] = environment["UpstreamSettings__Templates__0__UrlTemplate"];
        environment["UpstreamSettings__Templates__0__HubPattern"] = "other";
    }

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment)
    {
        _other = await UpstreamRecorder.StartAsync();
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var start = StartInfo("--urls", address.ToString());
        var limited = new ProcessStartInfo(
            "bash", ["-c", "ulimit -n 800; exec \"$0\" \"$@\"", start.FileName, .. start.ArgumentList]);
        return await ServerProcess.StartAsync(
            limited,
            address,
            "/api/health",
            new Dictionary<string, string?>(environment) { ["UpstreamSettings__Templates__0__UrlTemplate"] = _other.Template });
    }
}
