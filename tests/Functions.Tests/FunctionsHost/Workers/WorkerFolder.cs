using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>A copy of the tests' isolated worker whose files can be changed.</summary>
internal sealed class WorkerFolder : IDisposable
{
    public WorkerFolder()
    {
        var built = BuiltProgram.FunctionsHostWorker.Directory;
        foreach (var file in Directory.EnumerateFiles(built))
        {
            File.Copy(file, Path.Combine(Root, Path.GetFileName(file)));
        }
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("functions-worker-").FullName;

    public WorkerFolder Edit(string file, Func<string, string> edit)
    {
        var path = Path.Combine(Root, file);
        var before = File.ReadAllText(path);
        var after = edit(before);
        Assert.NotEqual(before, after);
        File.WriteAllText(path, after);
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
