using System.Collections.Concurrent;

namespace Serverless.FunctionsHost.Worker;

/// <summary>What functions have done, by name, for tests to read.</summary>
internal sealed class Journal
{
    private readonly ConcurrentDictionary<string, string> _entries = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _releases = new();

    public void Write(string name, string entry) => _entries[name] = entry;

    /// <summary>Gets a task that a test completes.</summary>
    public TaskCompletionSource Release(string name) => _releases.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    public string Read(string name) => _entries.GetValueOrDefault(name, "");
}
