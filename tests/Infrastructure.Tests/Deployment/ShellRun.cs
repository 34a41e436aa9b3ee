using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>Runs a shell in a folder of its own with a copy of <c>infra</c>, and with stand-ins for the commands that call Azure.</summary>
internal sealed class ShellRun : IDisposable
{
    private static readonly string[] Commands = ["az", "azd", "func", "dotnet", "npm", "openssl", "curl", "sleep", "date"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("deploy-").FullName;

    public ShellRun(params string[] missing)
    {
        var fake = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Infrastructure.Tests", "Deployment", "fake.sh");
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        Directory.CreateDirectory(Path.Combine(_folder, "repository", "infra"));
        foreach (var command in Commands.Except(missing))
        {
            File.Copy(fake, Path.Combine(_folder, "bin", command)); // with its executable bit
        }

        // Only the system commands that the scripts need, so that no real Azure command is called.
        foreach (var command in (string[])["bash", "basename", "dirname", "mkdir", "env", "wc"])
        {
            File.CreateSymbolicLink(Path.Combine(_folder, "bin", command), Path.Combine("/usr/bin", command));
        }

        foreach (var script in Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "infra"), "*.sh"))
        {
            File.Copy(script, Path.Combine(_folder, "repository", "infra", Path.GetFileName(script)));
        }
    }

    /// <value>The environment variables of the shell, in addition to PATH.</value>
    public Dictionary<string, string> Environment { get; } = [];

    /// <value>The calls so far, a line each, with the notes of the stand-ins. The run's own folder is <c>~</c>.</value>
    public string[] Calls => File.Exists(CallsFile) ? [.. File.ReadLines(CallsFile).Select(line => line.Replace(_folder, "~", StringComparison.Ordinal))] : [];

    /// <value>The standard input of <c>azd env set</c>.</value>
    public string[] RememberedByAzd => File.Exists(CallsFile + ".azd") ? File.ReadAllLines(CallsFile + ".azd") : [];

    private string CallsFile => Path.Combine(_folder, "calls");

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/bash", arguments)
        {
            WorkingDirectory = Path.Combine(_folder, "repository"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Path.Combine(_folder, "bin");
        start.Environment["CALLS"] = CallsFile;
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var shell = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = shell.StandardOutput.ReadToEndAsync(limit.Token);
            var error = shell.StandardError.ReadToEndAsync(limit.Token);
            await shell.WaitForExitAsync(limit.Token);
            return (shell.ExitCode, await output, await error);
        }
        finally
        {
            if (!shell.HasExited)
            {
                shell.Kill(entireProcessTree: true);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
