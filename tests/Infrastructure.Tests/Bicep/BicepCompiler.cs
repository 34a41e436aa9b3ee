using System.Diagnostics;
using System.Reflection;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>Runs the Bicep compiler in a copy of <c>infra/bicep</c>, in which tests may change files.</summary>
internal sealed class BicepCompiler : IDisposable
{
    private static readonly string Compiler = typeof(BicepCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "BicepPath").Value!;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    // A start occupies a processor for two seconds or more.
    private static readonly SemaphoreSlim Starts = new(2);

    public BicepCompiler()
    {
        foreach (var file in Files())
        {
            var copy = Path.Combine(Folder, Path.GetRelativePath(Templates, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <value>The folder of the repository's templates.</value>
    public static string Templates { get; } = Path.Combine(BuiltProgram.RepositoryRoot, "infra", "bicep");

    /// <value>The folder of the copy.</value>
    public string Folder { get; } = Directory.CreateTempSubdirectory("bicep-").FullName;

    /// <value>The compiler's environment variables, which the parameters file reads.</value>
    public Dictionary<string, string> Environment { get; } = new() { ["GATEWAY_IMAGE"] = "example.azurecr.io/gateway:1" };

    /// <summary>Returns the templates and the compiler's configuration, without files that the compiler may have written beside them.</summary>
    public static string[] Files() =>
    [
        .. Directory.GetFiles(Templates, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".bicep" or ".bicepparam" || Path.GetFileName(file) == "bicepconfig.json"),
    ];

    /// <summary>Replaces the first occurrence of a text in a file of the copy. The text must occur.</summary>
    public void Edit(string file, string from, string to)
    {
        var path = Path.Combine(Folder, file);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{file} has no '{from}'.");
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..]);
    }

    /// <summary>Runs the compiler in <see cref="Folder"/>.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await Starts.WaitAsync();
        try
        {
            return await RunNowAsync(arguments);
        }
        finally
        {
            Starts.Release();
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task<(int ExitCode, string Output, string Error)> RunNowAsync(string[] arguments)
    {
        var start = new ProcessStartInfo(Compiler, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] ours = ["GATEWAY_IMAGE", "GATEWAY_PRIMARY_KEY", "GATEWAY_SECONDARY_KEY", "UPSTREAM_KEY", "ALERT_EMAIL"];
        foreach (var name in ours)
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"; // works without ICU
        start.Environment["DOTNET_TieredPGO"] = "0"; // starts faster
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
