using System.Collections.ObjectModel;

namespace Serverless.Gateway.Storage;

/// <summary>What most users are in: nothing.</summary>
internal static class NoGroups
{
    public static IReadOnlyDictionary<string, DateTimeOffset> Instance { get; } = ReadOnlyDictionary<string, DateTimeOffset>.Empty;
}
