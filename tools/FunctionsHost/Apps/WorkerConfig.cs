using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The start of an isolated worker, from its <c>worker.config.json</c>.</summary>
/// <param name="Executable">The program: a path, or a command such as <c>dotnet</c>.</param>
/// <param name="WorkerPath">The app's DLL.</param>
/// <param name="Arguments">Arguments before the DLL.</param>
/// <param name="IndexesFunctions">True if the worker lists its functions; false to read them from <c>functions.metadata</c>.</param>
internal sealed record WorkerConfig(string Executable, string WorkerPath, IReadOnlyList<string> Arguments, bool IndexesFunctions)
{
    public const string Name = "worker.config.json";

    private const string WorkerRoot = "{WorkerRoot}";

    /// <summary>Reads the file at an app's root; null if it is absent.</summary>
    public static WorkerConfig? Read(string root)
    {
        var path = Path.Combine(root, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = JsonDocument.Parse(File.ReadAllBytes(path), JsonFile.Options);
        var description = JsonFile.Section(file.RootElement, "description") ?? throw new InvalidDataException($"{Name} has no description.");
        var executable = Required(description, "defaultExecutablePath");
        return new WorkerConfig(
            executable.Contains(WorkerRoot, StringComparison.Ordinal)
                ? Path.Combine(root, executable.Replace(WorkerRoot, "", StringComparison.Ordinal))
                : executable,
            Path.Combine(root, Required(description, "defaultWorkerPath")),
            [.. JsonFile.Items(description, "arguments").Select(argument => argument.ToString())],
            JsonFile.Flag(description, "workerIndexing"));
    }

    private static string Required(JsonElement description, string name) =>
        JsonFile.Text(description, name) is { Length: > 0 } text ? text : throw new InvalidDataException($"{Name} has no {name}.");
}
