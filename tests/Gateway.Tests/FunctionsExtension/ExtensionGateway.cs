using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>A gateway whose upstream is a function app with the SignalR extension.</summary>
public sealed class ExtensionGateway : GatewayFixture, IDisposable
{
    internal ExtensionEndpoint Extension { get; } = new();

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["UpstreamSettings__Templates__0__UrlTemplate"] = Extension.Webhook;

        // The extension compares the event with the body's target and decodes nothing.
        environment["Gateway__Upstream__HeaderEncoding"] = "Utf8";
    }

    public void Dispose() => Task.Run(async () => await Extension.DisposeAsync()).GetAwaiter().GetResult();
}
