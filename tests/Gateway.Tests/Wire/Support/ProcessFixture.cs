using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway in a process of its own, for what only a process shows: signals, descriptors, memory, metrics, TLS, proxies before it.</summary>
public abstract class ProcessFixture : GatewayFixture
{
    internal ServerProcess Process => (ServerProcess)Server;

    private protected override bool IsInMemory => false;

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment) =>
        await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, environment);
}

/// <summary>A gateway in a process, with the usual configuration: for what depends on sockets.</summary>
public sealed class ProcessGateway : ProcessFixture;
