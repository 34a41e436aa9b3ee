using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Serverless.Support.Processes;

namespace Serverless.Support.Redis;

/// <summary>A real redis-server on a port and in a folder of its own. It can be killed and restarted.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    private readonly string _folder = Directory.CreateTempSubdirectory("redis-").FullName;
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(string[] arguments) => _arguments = arguments;

    public int Port { get; } = FreePort.Find();

    /// <summary>The value of <c>Gateway:Redis</c> for this server.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The process id.</summary>
    public int Id => _process!.Id;

    public bool HasExited => _process!.HasExited;

    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var server = new RedisServer(arguments);
        try
        {
            await server.RestartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server, or starts it again.</summary>
    public async Task RestartAsync()
    {
        var start = new ProcessStartInfo(
            "redis-server",
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", "no",
                "--loglevel", "warning", .. _arguments,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("redis-server is missing: apt-get install redis-server (bash test.sh does).", exception);
        }

        var limit = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (limit.Elapsed > StartLimit || _process.HasExited)
            {
                throw new InvalidOperationException("redis-server does not answer: " + await _process.StandardOutput.ReadToEndAsync());
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Kills the server; its data is lost.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Suspends the server, which keeps its sockets and does not answer.</summary>
    public void Freeze() => _ = ServerProcess.SendSignal(Id, ServerProcess.StopSignal);

    /// <summary>Resumes the server.</summary>
    public void Thaw() => _ = ServerProcess.SendSignal(Id, ServerProcess.ContinueSignal);

    /// <summary>Sends a command of words separated by spaces, and returns the reply if it is a string, or else its first line.</summary>
    public async Task<string> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var line = await reader.ReadLineAsync() ?? "";
        if (!line.StartsWith('$') || line == "$-1")
        {
            return line;
        }

        var text = new char[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(text);
        return new string(text);
    }

    /// <summary>Sends a command whose reply is a list of strings.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var texts = new string[int.Parse((await reader.ReadLineAsync())![1..], CultureInfo.InvariantCulture)];
        for (var i = 0; i < texts.Length; i++)
        {
            await reader.ReadLineAsync();
            texts[i] = await reader.ReadLineAsync() ?? "";
        }

        return texts;
    }

    /// <summary>Returns the number of calls of a command, by all clients.</summary>
    public async Task<long> CallsOfAsync(string command)
    {
        // cmdstat_publish:calls=7,usec=…
        var name = $"cmdstat_{command}:calls=";
        var line = (await LinesAsync("INFO commandstats", "the-end")).FirstOrDefault(one => one.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[name.Length..line.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }

    /// <summary>Returns the number of subscribers of a channel.</summary>
    public async Task<int> SubscribersOfAsync(string channel) =>
        int.Parse((await LinesAsync($"PUBSUB NUMSUB {channel}", "the-end"))[^1].TrimStart(':'), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Returns all lines of a reply. The reply of the next command marks its end.
    private async Task<IReadOnlyList<string>> LinesAsync(string command, string mark)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\nECHO {mark}\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { } line && line != mark)
        {
            lines.Add(line);
        }

        // The line before the mark is its length.
        return lines[..^1];
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return (await AskAsync("PING")).Length > 0;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
