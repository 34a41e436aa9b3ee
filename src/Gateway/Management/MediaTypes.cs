namespace Serverless.Gateway.Management;

/// <summary>Provides the media types of messages and answers.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";

    public const string OctetStream = "application/octet-stream";

    public const string MessagePack = "application/x-msgpack";

    // The name in the API's documents, the name that libraries use, and the registered name.
    private static readonly string[] MessagePackNames = [MessagePack, "application/msgpack", "application/vnd.msgpack"];

    /// <summary>The media types that the body of a message may have.</summary>
    public static string[] OfMessages { get; } = [Json, .. MessagePackNames, OctetStream];

    /// <summary>True when the caller prefers MessagePack to JSON.</summary>
    public static bool PrefersMessagePack(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return MessagePackNames.Any(name => accept.Contains(name, StringComparison.OrdinalIgnoreCase))
            && !accept.Contains(Json, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True when the caller accepts a message framed in a client's protocol.</summary>
    public static bool AcceptsFramed(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(OctetStream, StringComparison.OrdinalIgnoreCase);
}
