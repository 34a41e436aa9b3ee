namespace Serverless.Protocol;

/// <summary>Provides the categories of upstream requests, the names of connection events, and their media types.</summary>
public static class UpstreamCategories
{
    /// <summary>The category of connection events.</summary>
    public const string Connections = "connections";

    /// <summary>The category of client calls. The event is the call's target.</summary>
    public const string Messages = "messages";

    /// <summary>The event that a client connected.</summary>
    public const string Connected = "connected";

    /// <summary>The event that a client disconnected.</summary>
    public const string Disconnected = "disconnected";

    /// <summary>The media type of connection events and of calls by JSON clients.</summary>
    public const string JsonMediaType = "application/json";

    /// <summary>The media type of calls by MessagePack clients.</summary>
    public const string MessagePackMediaType = "application/x-msgpack";
}
