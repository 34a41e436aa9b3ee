using System.Diagnostics;
using Serverless.EndToEnd.Documents;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Start;

/// <summary>
/// A clone of this repository in a folder of its own, made by the quickstart's first commands, with uncommitted changes. It contains no
/// build output until a test builds it.
/// </summary>
public sealed class FreshClone : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clone-").FullName;

    public string Root => Path.Combine(_folder, "serverless");

    /// <summary>The quickstart's command after those that clone: it starts everything, and watches for changes.</summary>
    public static string StartCommand => Commands[^1];

    private static string[] Commands { get; } =
        Document.Find(Path.Combine("docs", "quickstart.md")).Blocks("sh").Single().Trim().Split('\n');

    public async Task InitializeAsync()
    {
        await RunAsync(_folder, string.Join('\n', Commands[..^1]).Replace("REPOSITORY", BuiltProgram.RepositoryRoot, StringComparison.Ordinal));
        var changed = await RunAsync(BuiltProgram.RepositoryRoot, "git ls-files --modified --others --exclude-standard");
        foreach (var file in changed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(BuiltProgram.RepositoryRoot, file))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Root, file))!);
            File.Copy(Path.Combine(BuiltProgram.RepositoryRoot, file), Path.Combine(Root, file), overwrite: true);
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Runs a command in the clone that starts a server at an address.</summary>
    /// <param name="command">The command.</param>
    /// <param name="answersAt">The address.</param>
    /// <param name="inBackground">True to run the command in the background of a script's shell, where SIGINT is ignored, and wait.</param>
    public ServerProcess Start(string command, Uri answersAt, bool inBackground = false) => ServerProcess.Launch(
        new ProcessStartInfo("bash", ["-c", inBackground ? $"{command} & wait $!" : $"exec {command}"]) { WorkingDirectory = Root },
        answersAt,
        new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = BuiltProgram.SharesCompiler });

    private static async Task<string> RunAsync(string folder, string commands)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", commands])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, await error);
        return output;
    }
}
