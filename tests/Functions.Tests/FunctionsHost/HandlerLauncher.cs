using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Starts a custom handler. Tests of the host's rules replace it.</summary>
internal delegate Task<IHandler> HandlerLauncher(HostFile host, int port, IReadOnlyDictionary<string, string?> environment);

/// <summary>A running custom handler.</summary>
internal interface IHandler : IAsyncDisposable
{
    bool HasExited { get; }

    string Log { get; }
}

/// <summary>A custom handler as a process of its own, started as the Functions host does.</summary>
internal sealed class HandlerProcess : IHandler
{
    private readonly ServerProcess _process;

    private HandlerProcess(ServerProcess process) => _process = process;

    public bool HasExited => _process.HasExited;

    public string Log => _process.Log;

    public static Task<IHandler> Launch(HostFile host, int port, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(host.Executable, host.Arguments) { WorkingDirectory = host.WorkingDirectory };
        IHandler handler = new HandlerProcess(ServerProcess.Launch(start, new Uri($"http://127.0.0.1:{port}"), environment));
        return Task.FromResult(handler);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
