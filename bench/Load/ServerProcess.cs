using System.Diagnostics;

namespace Serverless.Load;

/// <summary>The process of a server under test. Disposing ends it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int KeptLines = 20;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    private ServerProcess(Subject subject, int port, ProcessStartInfo command)
    {
        Subject = subject;
        Port = port;
        _process = Process.Start(command) ?? throw new InvalidOperationException("The server did not start.");
        _process.OutputDataReceived += (_, line) => KeepLine(line.Data);
        _process.ErrorDataReceived += (_, line) => KeepLine(line.Data);
        AppDomain.CurrentDomain.ProcessExit += EndWithBenchmark;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    internal Subject Subject { get; }

    internal int Port { get; }

    /// <summary>The watcher of the server, or null.</summary>
    internal Watcher? Watcher { get; private set; }

    internal int Id => _process.Id;

    /// <summary>The resident memory right after the start, in bytes.</summary>
    internal long MemoryAtStart { get; private set; }

    internal static ServerProcess Start(Subject subject, int upstreamPort, bool connectionEvents, Joined? joined = null)
    {
        var port = Sockets.FreePort();
        var server = new ServerProcess(subject, port, subject.Command(port, upstreamPort, connectionEvents, joined));
        try
        {
            server.WaitUntilHealthy();
            server.MemoryAtStart = ProcessReading.Memory(server.Id);
            server.Watcher = subject.StartWatcher(port);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Returns the last output lines of the server, for an error report.</summary>
    internal string LastLines()
    {
        lock (_lastLines)
        {
            return string.Join(Environment.NewLine, _lastLines);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndWithBenchmark;
        Watcher?.Dispose();
        if (!_process.HasExited)
        {
            _ = Libc.Kill(_process.Id, Libc.SignalTerminate);
            if (!_process.WaitForExit(StopLimit))
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private void EndWithBenchmark(object? sender, EventArgs arguments) => _process.Kill();

    private void WaitUntilHealthy()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var address = new Uri($"http://127.0.0.1:{Port}{Subject.HealthPath}");
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < StartLimit && !_process.HasExited)
        {
            try
            {
                using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, address));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // The server is not listening yet.
            }

            Thread.Sleep(50);
        }

        throw new InvalidOperationException($"The {Subject.Name} server did not answer {address}:{Environment.NewLine}{LastLines()}");
    }

    private void KeepLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }
        }
    }
}
