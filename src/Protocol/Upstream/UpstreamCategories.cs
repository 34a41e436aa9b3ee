namespace Serverless.Protocol;

/// <summary>What an upstream request is about: its category, and for connections the event.</summary>
public static class UpstreamCategories
{
    /// <summary>A connection began or ended.</summary>
    public const string Connections = "connections";

    /// <summary>A client called; the event is the call's target.</summary>
    public const string Messages = "messages";

    /// <summary>The event of a connection that began.</summary>
    public const string Connected = "connected";

    /// <summary>The event of a connection that ended.</summary>
    public const string Disconnected = "disconnected";

    /// <summary>The media type of connection events and of calls by JSON clients.</summary>
    public const string JsonMediaType = "application/json";

    /// <summary>The media type of calls by MessagePack clients.</summary>
    public const string MessagePackMediaType = "application/x-msgpack";
}
