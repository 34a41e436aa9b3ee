namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>One column of the table: a way in which the official client connects.</summary>
/// <param name="Transport">The name in the client's <c>HttpTransportType</c>.</param>
/// <param name="Protocol">The hub protocol's name.</param>
/// <param name="SkipNegotiation">True to open the WebSocket without negotiate.</param>
internal sealed record ClientColumn(string Transport, string Protocol, bool SkipNegotiation)
{
    public static IReadOnlyList<ClientColumn> All { get; } =
    [
        new("WebSockets", "json", SkipNegotiation: false),
        new("WebSockets", "json", SkipNegotiation: true),
        new("WebSockets", "messagepack", SkipNegotiation: false),
        new("WebSockets", "messagepack", SkipNegotiation: true),
        new("ServerSentEvents", "json", SkipNegotiation: false),
        new("LongPolling", "json", SkipNegotiation: false),
        new("LongPolling", "messagepack", SkipNegotiation: false),
    ];

    public static ClientColumn Find(string name) => All.Single(column => column.ToString() == name);

    public override string ToString() => $"{Transport}, {Protocol}, {(SkipNegotiation ? "not negotiated" : "negotiated")}";
}
