using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Load.Scale;

/// <summary>A redis-server process of the benchmark and the figures that it reports. Disposing ends the process.</summary>
internal sealed class RedisProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    internal RedisProcess()
    {
        Port = Sockets.FreePort();
        string[] arguments = ["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("redis-server is missing: apt-get install redis-server (bash test.sh does).", exception);
        }

        AppDomain.CurrentDomain.ProcessExit += EndWithBenchmark;
        var started = Stopwatch.GetTimestamp();
        while (!Answers())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > StartLimit)
            {
                Dispose();
                throw new InvalidOperationException("redis-server does not answer.");
            }

            Thread.Sleep(10);
        }
    }

    internal int Id => _process.Id;

    internal int Port { get; }

    internal string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Returns the user and system time so far, to the microsecond.</summary>
    internal TimeSpan Cpu()
    {
        var info = Ask("INFO cpu");
        return TimeSpan.FromSeconds(Number(info, "used_cpu_user:") + Number(info, "used_cpu_sys:"));
    }

    /// <summary>Returns the memory in use, in bytes.</summary>
    internal long Memory() => (long)Number(Ask("INFO memory"), "used_memory:");

    /// <summary>Returns the number of PUBLISH calls.</summary>
    internal long Publishes() => (long)Number(Ask("INFO commandstats"), "cmdstat_publish:calls=");

    /// <summary>Returns the number of subscribers of a channel.</summary>
    internal int Subscribers(string channel) => (int)Number(Ask($"PUBSUB NUMSUB {channel}"), ":");

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndWithBenchmark;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    // Returns the lines of a reply. The reply of the ECHO that follows marks their end.
    private string[] Ask(string command)
    {
        using var client = new TcpClient("127.0.0.1", Port);
        client.GetStream().Write(Encoding.ASCII.GetBytes($"{command}\r\nECHO the-end\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var lines = new List<string>();
        while (reader.ReadLine() is { } line && line != "the-end")
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    private static double Number(string[] lines, string name)
    {
        var line = lines.FirstOrDefault(one => one.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[name.Length..].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private bool Answers()
    {
        try
        {
            return Ask("PING")[0] == "+PONG";
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private void EndWithBenchmark(object? sender, EventArgs arguments) => _process.Kill();
}
