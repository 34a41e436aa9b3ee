using System.Collections.ObjectModel;

namespace Serverless.Gateway.Storage;

/// <summary>Provides the empty set of groups, which most users have.</summary>
internal static class NoGroups
{
    public static IReadOnlyDictionary<string, DateTimeOffset> Instance { get; } = ReadOnlyDictionary<string, DateTimeOffset>.Empty;
}
