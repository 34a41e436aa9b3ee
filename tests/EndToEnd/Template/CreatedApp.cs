using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Template;

/// <summary>
/// Apps created from the template, as a user would: the packages are packed into a folder, the template is installed from there into a
/// hive of its own, and the projects restore the libraries from that folder. Created once for all tests.
/// </summary>
public sealed class CreatedApp : IAsyncLifetime
{
    /// <summary>The app's name, with a dash and a dot, which are not valid in a namespace.</summary>
    public const string Name = "my-chat.app";

    /// <summary>The name of the app that is created as a custom handler.</summary>
    public const string CustomName = "my-handler.app";

    /// <summary>The name of an app that is created without a folder of packages. It is not built.</summary>
    private const string Plain = "plain";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _root = Directory.CreateTempSubdirectory("template-").FullName;

    /// <summary>The packages' version, which no package cache contains.</summary>
    public string Version { get; } = $"0.1.0-test{Guid.NewGuid():N}";

    public string Packages => Path.Combine(_root, "packages");

    /// <summary>The folder of the created app.</summary>
    public string Project => Path.Combine(_root, Name);

    /// <summary>The folder of the app created without the option <c>--packages</c>.</summary>
    public string PlainProject => Path.Combine(_root, Plain);

    /// <summary>The folder of the app created as a custom handler.</summary>
    public string CustomProject => Path.Combine(_root, CustomName);

    /// <summary>The app's build output, for the Functions host.</summary>
    public string Output => OutputOf(Project);

    /// <summary>The build output of the custom handler.</summary>
    public string CustomOutput => OutputOf(CustomProject);

    public string PackageOf(string id, string extension = "nupkg") => Path.Combine(Packages, $"{id}.{Version}.{extension}");

    public async Task InitializeAsync()
    {
        // The libraries are already built in the configuration of these tests; restoring them under another version would disturb other tests.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        foreach (var project in new[] { "Protocol", "Hubs", "Hubs.Functions", "Templates" })
        {
            await RunAsync(
                BuiltProgram.RepositoryRoot,
                "pack", Path.Combine("src", project), "-c", configuration, "--no-build", $"-p:PackageVersion={Version}", "-o", Packages, "-nologo", "-v", "quiet");
        }

        var hive = Path.Combine(_root, "hive");
        await RunAsync(_root, "new", "install", PackageOf("Serverless.Templates"), "--debug:custom-hive", hive);
        await RunAsync(_root, "new", "serverless-hubs", "-n", Name, "--packages", Packages, "--skipRestore", "--debug:custom-hive", hive);
        await RunAsync(_root, "new", "serverless-hubs", "-n", CustomName, "--host", "custom", "--packages", Packages, "--skipRestore", "--debug:custom-hive", hive);
        await RunAsync(_root, "new", "serverless-hubs", "-n", Plain, "--skipRestore", "--debug:custom-hive", hive);
        foreach (var project in new[] { Project, CustomProject })
        {
            // The build of the host's extensions warns where a package source has no old package.
            await RunAsync(
                project,
                "build", "-c", "Release", "-nologo", "-v", "quiet", "-warnaserror", "-warnasmessage:NU1603", "-nodeReuse:false",
                $"-p:UseSharedCompilation={BuiltProgram.SharesCompiler}");
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);

        // The build of the host's extensions finds its packages only in the user's own cache, so these were put there, too.
        foreach (var id in new[] { "serverless.protocol", "serverless.hubs", "serverless.hubs.functions" })
        {
            var cached = Path.Combine(PackageCache, id, Version);
            if (Directory.Exists(cached))
            {
                Directory.Delete(cached, recursive: true);
            }
        }

        return Task.CompletedTask;
    }

    private static string OutputOf(string project) => Path.Combine(project, "bin", "Release", "net10.0");

    private static string PackageCache => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task RunAsync(string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" },
        })!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}\n{await error}");
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
