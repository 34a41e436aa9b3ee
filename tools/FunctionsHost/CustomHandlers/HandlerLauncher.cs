using System.Diagnostics;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;

namespace Serverless.FunctionsHost.CustomHandlers;

/// <summary>Starts a custom handler. Tests of the host's rules replace it.</summary>
internal delegate Task<IHandler> HandlerLauncher(CustomHandler handler, int port, IReadOnlyDictionary<string, string?> environment, HostLog log);

/// <summary>A running custom handler.</summary>
internal interface IHandler : IAsyncDisposable
{
    bool HasExited { get; }
}

/// <summary>A custom handler as a process of its own, started as the Functions host does.</summary>
internal sealed class HandlerProcess : IHandler
{
    private readonly AppProcess _process;

    private HandlerProcess(AppProcess process) => _process = process;

    public bool HasExited => _process.HasExited;

    public static Task<IHandler> Launch(CustomHandler handler, int port, IReadOnlyDictionary<string, string?> environment, HostLog log)
    {
        var start = new ProcessStartInfo(handler.Executable, handler.Arguments) { WorkingDirectory = handler.WorkingDirectory };
        return Task.FromResult<IHandler>(new HandlerProcess(AppProcess.Start(start, environment, log)));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
