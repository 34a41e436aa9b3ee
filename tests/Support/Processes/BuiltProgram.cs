namespace Serverless.Support.Processes;

/// <summary>The build output of a program of this repository, in the configuration of the tests.</summary>
public sealed class BuiltProgram
{
    private BuiltProgram(string name, string folder = "src")
    {
        // …/tests/X/bin/Debug/net10.0/ → Debug/net10.0
        var tests = new DirectoryInfo(AppContext.BaseDirectory);
        var output = Path.Combine(tests.Parent!.Name, tests.Name);
        Directory = Path.Combine(RepositoryRoot, folder, name, "bin", output);
        Assembly = Path.Combine(Directory, name + ".dll");
        if (!File.Exists(Assembly))
        {
            throw new FileNotFoundException($"{name} is not built: build the solution, or {folder}/{name}, in this configuration.", Assembly);
        }
    }

    public static BuiltProgram Gateway => new("Gateway");

    public static BuiltProgram Functions => new("Functions");

    /// <summary>The stand-in for the Functions host.</summary>
    public static BuiltProgram FunctionsHost => new("FunctionsHost", "tools");

    /// <summary>The isolated worker of the tests of the stand-in.</summary>
    public static BuiltProgram FunctionsHostWorker => new("FunctionsHost.Worker", "tests");

    /// <summary>The folder of the solution.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>
    /// The MSBuild property <c>UseSharedCompilation</c> for builds that tests start: <c>true</c> where test.sh ends the shared compiler after
    /// all suites, otherwise <c>false</c>, so that no compiler outlives a test.
    /// </summary>
    public static string SharesCompiler { get; } = Environment.GetEnvironmentVariable("UseSharedCompilation") ?? "false";

    /// <summary>The build's output folder.</summary>
    public string Directory { get; }

    /// <summary>The program's assembly, which <c>dotnet</c> runs.</summary>
    public string Assembly { get; }

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests must run from within the repository.");
    }
}
