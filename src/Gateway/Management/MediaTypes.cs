namespace Serverless.Gateway.Management;

/// <summary>The media types of messages and answers.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";

    public const string OctetStream = "application/octet-stream";

    public const string MessagePack = "application/x-msgpack";

    // The name that the API's documents use, the name that libraries use, and the registered one.
    private static readonly string[] MessagePackNames = [MessagePack, "application/msgpack", "application/vnd.msgpack"];

    /// <summary>What the body of a message may be.</summary>
    public static string[] OfMessages { get; } = [Json, .. MessagePackNames, OctetStream];

    /// <summary>Whether the caller asks for MessagePack rather than JSON.</summary>
    public static bool PrefersMessagePack(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return MessagePackNames.Any(name => accept.Contains(name, StringComparison.OrdinalIgnoreCase))
            && !accept.Contains(Json, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the caller takes a message framed in a client's protocol.</summary>
    public static bool AcceptsFramed(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(OctetStream, StringComparison.OrdinalIgnoreCase);
}
