using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Serverless.Load;

/// <summary>The upstream in a process of its own, so that its CPU time is not counted for another. It ends when its input is closed.</summary>
internal sealed class UpstreamProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http = new();

    internal UpstreamProcess()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Load.dll");
        _process = Process.Start(new ProcessStartInfo("dotnet", [program, "upstream"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The upstream did not start.");
        Port = int.Parse(_process.StandardOutput.ReadLine() ?? "", CultureInfo.InvariantCulture);
    }

    internal int Port { get; }

    internal int Id => _process.Id;

    /// <summary>Runs <c>Load upstream</c> in this process.</summary>
    internal static void Serve()
    {
        var upstream = new Upstream();
        new Thread(upstream.Run) { IsBackground = true }.Start();
        Console.WriteLine(upstream.Port);
        _ = Console.In.ReadToEnd();
    }

    internal UpstreamCounts Counts()
    {
        using var answer = _http.Send(new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Port}/counts"));
        return answer.Content.ReadFromJsonAsync(UpstreamJson.Default.UpstreamCounts).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
