using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serverless.Support.Processes;

/// <summary>A built program that runs as a server process for a test. Its output is recorded, and it is ended by its id.</summary>
public sealed partial class ServerProcess : IRunningServer
{
    private const int InterruptSignal = 2;
    private const int TerminateSignal = 15;
    internal const int ContinueSignal = 18;
    internal const int StopSignal = 19;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private ServerProcess(ProcessStartInfo start, Uri address)
    {
        Address = address;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Record(line.Data);
        _process.ErrorDataReceived += (_, line) => Record(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The address that the server listens on.</summary>
    public Uri Address { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The standard output and error so far, line by line.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts a program of this repository on a port of 127.0.0.1, and waits until it answers.</summary>
    /// <param name="program">The program.</param>
    /// <param name="readyPath">A path that answers once the program is ready; any HTTP response counts.</param>
    /// <param name="port">The port, or null for a free one.</param>
    /// <param name="environment">Environment variables in addition to the test's own; null removes one.</param>
    public static Task<ServerProcess> StartAsync(
        BuiltProgram program, string readyPath, int? port = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var address = new Uri($"http://127.0.0.1:{port ?? FreePort.Find()}");
        var start = new ProcessStartInfo("dotnet", [program.Assembly, "--urls", address.ToString()]);
        return StartAsync(start, address, readyPath, environment);
    }

    /// <summary>Starts a process that serves <paramref name="address"/>, and waits until it answers.</summary>
    public static async Task<ServerProcess> StartAsync(
        ProcessStartInfo start, Uri address, string readyPath, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var server = Launch(start, address, environment);
        try
        {
            await server.WaitUntilAnsweringAsync(readyPath, StartLimit);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a process without waiting until it answers.</summary>
    public static ServerProcess Launch(ProcessStartInfo start, Uri address, IReadOnlyDictionary<string, string?>? environment = null)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(start, address);
    }

    /// <summary>Waits for the first HTTP response, whatever its status.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or the limit passed; the message contains its log.</exception>
    public async Task WaitUntilAnsweringAsync(string path, TimeSpan limit)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        using var timer = new CancellationTokenSource(limit);
        using var poll = new PeriodicTimer(PollInterval);
        do
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with code {_process.ExitCode} before it answered:\n{Log}");
            }

            try
            {
                using var response = await client.GetAsync(path, timer.Token);
                return;
            }
            catch (HttpRequestException)
            {
                // The process is not listening yet.
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        while (await TickAsync(poll, timer.Token));
        throw new InvalidOperationException($"The server did not answer at {new Uri(Address, path)} within {limit}:\n{Log}");
    }

    /// <summary>Stops the process with SIGTERM, as an operator would, and returns its exit code.</summary>
    /// <exception cref="TimeoutException">The process did not end within 15 seconds, and has been killed.</exception>
    public Task<int> StopAsync() => StopAsync(TerminateSignal);

    /// <summary>Stops the process with SIGINT (Ctrl-C), the only signal on which some programs end cleanly.</summary>
    /// <exception cref="TimeoutException">The process did not end within 15 seconds, and has been killed.</exception>
    public Task<int> InterruptAsync() => StopAsync(InterruptSignal);

    /// <summary>Waits until the process has ended by itself and all its output has been read; returns its exit code.</summary>
    /// <param name="limit">The time to wait; null for 60 seconds.</param>
    /// <exception cref="TimeoutException">It has not ended within the limit.</exception>
    public async Task<int> ExitedAsync(TimeSpan? limit = null)
    {
        using var timer = new CancellationTokenSource(limit ?? StartLimit);
        try
        {
            await _process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The program has not ended within {limit ?? StartLimit}:\n{Log}");
        }

        return _process.ExitCode;
    }

    private async Task<int> StopAsync(int signal)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, signal);
            using var timer = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(timer.Token);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
                throw new TimeoutException($"The server did not end within {StopLimit}:\n{Log}");
            }
        }

        return _process.ExitCode;
    }

    /// <summary>Suspends the process, which keeps its sockets.</summary>
    public void Freeze() => Signal(StopSignal);

    /// <summary>Resumes the process.</summary>
    public void Thaw() => Signal(ContinueSignal);

    /// <summary>Kills the process and its children, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            using var timer = new CancellationTokenSource(StopLimit);
            await _process.WaitForExitAsync(timer.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static async Task<bool> TickAsync(PeriodicTimer poll, CancellationToken cancellationToken)
    {
        try
        {
            return await poll.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"The server has ended:\n{Log}");
        }
    }

    private void Record(string? line)
    {
        if (line is not null)
        {
            _log.Enqueue(line);
        }
    }

    // int kill(pid_t pid, int sig);                         kill(2); .NET offers only SIGKILL
    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SendSignal(int processId, int signal);
}
