using Serverless.EndToEnd.Fidelity.Hubs;

namespace Serverless.EndToEnd.Fidelity.Cases;

/// <summary>The messages that every client of the table receives, with the types as which the .NET client reads them.</summary>
internal static class Messages
{
    /// <summary>The message to all clients of the backend. Its first argument is the run whose clients record it.</summary>
    public const string Broadcast = "broadcast";

    /// <summary>The message that a client awaits to have received all earlier ones. It is not recorded.</summary>
    public const string Settled = "settled";

    public static IReadOnlyDictionary<string, Type[]> Received { get; } = new Dictionary<string, Type[]>
    {
        [Broadcast] = [typeof(string), typeof(object)],
        [Settled] = [],
        ["nothing"] = [],
        ["said"] = [typeof(object)],
        ["pair"] = [typeof(object), typeof(object)],
        ["parcel"] = [typeof(Parcel)],
        ["moment"] = [typeof(DateTime)],
        ["bytes"] = [typeof(byte[])],
        ["shapes"] = [typeof(Shape[])],
        ["ten"] = [.. Enumerable.Repeat(typeof(object), 10)],
    };

    /// <summary>The calls from the server that a client may answer.</summary>
    public static IReadOnlyDictionary<string, Type[]> Calls { get; } = new Dictionary<string, Type[]>
    {
        ["add"] = [typeof(int), typeof(int)],
        ["askForParcel"] = [typeof(string)],
        ["text"] = [typeof(string)],
        ["fail"] = [typeof(string)],
        ["confirm"] = [typeof(string)],
    };
}
