using System.Diagnostics;

namespace Serverless.FunctionsHost.Processes;

/// <summary>The process of an app: a custom handler or an isolated worker. Its output goes to the host's log.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(15);

    private readonly Process _process;

    private AppProcess(Process process, HostLog log)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Write(log, line.Data);
        _process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a program.</summary>
    /// <param name="start">The program, its arguments and its working directory.</param>
    /// <param name="environment">Environment variables in addition to the host's own; null removes one.</param>
    /// <param name="log">Receives the program's output.</param>
    public static AppProcess Start(ProcessStartInfo start, IReadOnlyDictionary<string, string?> environment, HostLog log)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new AppProcess(new Process { StartInfo = start }, log);
    }

    /// <summary>Waits until the process has ended.</summary>
    public Task WaitForExitAsync(CancellationToken cancellationToken = default) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Ends the process and its children, if it has not ended.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            using var limit = new CancellationTokenSource(KillLimit);
            await _process.WaitForExitAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static void Write(HostLog log, string? line)
    {
        if (line is not null)
        {
            log.Write(line);
        }
    }
}
