using System.Collections.Concurrent;

namespace Serverless.FunctionsHost.Worker;

/// <summary>What functions have done, by name, for tests to read.</summary>
internal sealed class Journal
{
    private readonly ConcurrentDictionary<string, string> _entries = new();

    public void Write(string name, string entry) => _entries[name] = entry;

    public string Read(string name) => _entries.GetValueOrDefault(name, "");
}
