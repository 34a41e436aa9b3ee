using System.Globalization;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>A difference between a hub in process and the same hub behind the gateway: in words for the document, and as rows show it.</summary>
/// <param name="What">The behaviour that differs.</param>
/// <param name="InProcess">The behaviour in process.</param>
/// <param name="BehindGateway">The behaviour behind the gateway.</param>
/// <param name="Reason">The reason, and the alternative where there is one.</param>
/// <param name="Rows">The rows that show it.</param>
internal sealed record KnownDifference(string What, string InProcess, string BehindGateway, string Reason, params IReadOnlyList<RowDifference> Rows)
{
    private const string RefusedByStatus = "{closed}Connection refused by the upstream, status code 403.";

    /// <summary>All differences, in the order of the document.</summary>
    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new(
            "Streams from the client",
            "A method can take an `IAsyncEnumerable<T>` or a `ChannelReader<T>`.",
            "`MapServerlessHub` fails and names the method.",
            "An upstream request carries one message. Send the items as calls.",
            new RowDifference(
                "A stream from the client",
                "steps[0].result: 6 → -",
                "steps[0].error: - → \"The 'InvokeCoreAsync' method cannot be called if the connection is not active\"")
            {
                Client = ".NET",
            },
            new RowDifference(
                "A stream from the client",
                "steps[0].result: 6 → -",
                "steps[0].error: - → \"Cannot send data if the connection is not in the 'Connected' State.\"")
            {
                Client = "JavaScript",
            }),
        new(
            "`Context.Items`",
            "Items live as long as the connection.",
            "Items live as long as the request.",
            "Each call may run in another process. Keep state in a store, by `Context.ConnectionId`.",
            new RowDifference("Items from call to call", "steps[2].result: \"kept\" → null", "steps[3].result: true → false")),
        new(
            "`Context.ConnectionAborted` in a call",
            "The token is cancelled when the client leaves.",
            "The token is cancelled when the gateway ends the request. The client's departure does not end it.",
            "A call that has reached the app is run to its end. A stream's token is cancelled when the client cancels the stream or leaves.",
            new RowDifference("ConnectionAborted when the client leaves", "received.b[2][2]: true → false")),
        new(
            "Refused connections",
            "The client receives the text of a `HubException`, or `Connection closed with an error.`",
            "The client receives `Connection refused by the upstream, status code 403.`",
            "The gateway reports the status of a refusal and not its text, as the service does.",
            Refusal("OnConnectedAsync that refuses", " HubException: Not you."),
            Refusal("A filter that refuses a connection", " HubException: Banned."),
            Refusal("OnConnectedAsync that throws", ""),
            Refusal("A hub whose constructor throws", ""),
            new RowDifference("Abort in OnConnectedAsync", $"steps[0].closed: null → \"{RefusedByStatus}\"")),
        new(
            "Unknown methods",
            "The call fails with `Failed to invoke 'X' due to an error on the server. HubException: Method does not exist.`",
            "The call fails with `Invocation failed, status code 404`.",
            "The app answers as the trigger extension of the service does, and the gateway reports the status.",
            Unknown("An unknown method", (0, "NoSuchMethod"), (1, "noSuchMethod")),
            new RowDifference(
                "An unknown method, with detailed errors",
                UnknownLine(0, "NoSuchMethod")[..^1] + " (method 'NoSuchMethod', template 0: $backend/{template}/{category}/{event})\""),
            Unknown("[HubMethodName]", (3, "Original")),
            Unknown(
                "Methods that are not public, and those of object and Hub",
                (0, "Hidden"), (1, "Internal"), (2, "Private"), (3, "ToString"), (4, "GetHashCode"), (5, "Dispose"), (6, "OnConnectedAsync"),
                (7, "OnDisconnectedAsync"), (8, "get_Property"), (9, "get_Context")),
            Unknown("A static method", (0, "Static")),
            Unknown("A filter is not asked about what cannot be bound", (2, "NoSuchMethod")),
            Unknown("An unknown stream, and wrong arguments", (0, "NoSuchStream"))),
        new(
            "Messages above `MaximumReceiveMessageSize`",
            "The connection is closed with an error.",
            "The call fails with `Invocation failed, status code 413`.",
            "The gateway owns the connection, and a limit of the app concerns one call.",
            new RowDifference(
                "A message above the hub's limit",
                "steps[1].error: \"{closed}Connection closed with an error.\" → \"Invocation failed, status code 413\"")),
        new(
            "Calls of a method without a name",
            "An unknown method; in MessagePack the connection is closed.",
            "The call fails with `Invocation failed, status code 400`, and as a function with 404.",
            "The name is a header and a part of the route of the upstream request, which must not be empty.",
            new RowDifference(
                "A method without a name",
                $"steps[0].error: \"{NoMethod("")}\" → \"Invocation failed, status code {{nameless}}\"")
            {
                Client = "JavaScript",
                Protocol = "json",
            },
            new RowDifference(
                "A method without a name",
                "steps[0].error: \"{closed}Connection closed with an error.\" → \"Invocation failed, status code {nameless}\"")
            {
                Client = "JavaScript",
                Protocol = "messagepack",
            }),
        new(
            "Commas in claims",
            "`Context.User` has the claims of the app's principal.",
            "A claim's value ends at its first comma.",
            "The header `X-ASRS-User-Claims` of the service has no escape for a comma.",
            new RowDifference("The user's claims", "steps[0].result[0]: \"colour=blue, 100% ✓\" → \"colour=blue\"")),
        new(
            "The headers of `GetHttpContext()`",
            "The request has all headers of the client.",
            "The request has the client's path, query and user, and no headers.",
            "Upstream requests carry no headers of the client. Copy what is needed into a claim when the client negotiates.",
            new RowDifference("A header of the client", "steps[1].result: \"header of the client\" → null")),
        new(
            "Features of the transport",
            "`Context.Features` has `IHttpTransportFeature` and `IConnectionHeartbeatFeature`.",
            "These features are absent.",
            "The transport ends at the gateway, which sends the pings.",
            new RowDifference("Features of the transport", "steps[1].result: true → false", "steps[2].result: true → false")),
    ];

    /// <summary>Returns the lines in which the record behind the gateway differs from the one in process.</summary>
    public static IEnumerable<string> Of(string backend, string row, string client, string protocol) =>
        from difference in All
        from known in difference.Rows
        where known.Row == row && (known.Client ?? client) == client && (known.Protocol ?? protocol) == protocol
        from line in known.Lines
        select line.Replace("{closed}", Closed(client), StringComparison.Ordinal)
            .Replace("{nameless}", backend == FidelityFixture.Functions ? "404" : "400", StringComparison.Ordinal)
            .Replace("{template}", backend == FidelityFixture.Functions ? "api/upstream/{hub}" : "{hub}/upstream", StringComparison.Ordinal);

    private static RowDifference Refusal(string row, string detail) =>
        new(row, $"steps[0].closed: \"{{closed}}Connection closed with an error.{detail}\" → \"{RefusedByStatus}\"");

    private static RowDifference Unknown(string row, params (int Step, string Method)[] calls) =>
        new(row, [.. calls.Select(call => UnknownLine(call.Step, call.Method))]);

    private static string UnknownLine(int step, string method) => string.Create(
        CultureInfo.InvariantCulture,
        $"steps[{step}].error: \"{NoMethod(method)}\" → \"Invocation failed, status code 404\"");

    private static string NoMethod(string method) => $"Failed to invoke '{method}' due to an error on the server. HubException: Method does not exist.";

    // The words that a client puts before the error of a Close message.
    private static string Closed(string client) =>
        client == ".NET" ? "The server closed the connection with the following error: " : "Server returned an error on close: ";
}

/// <summary>The lines in which the records of a row differ, as <see cref="RecordDifference"/> writes them.</summary>
internal sealed record RowDifference(string Row, params IReadOnlyList<string> Lines)
{
    /// <summary>The only client that shows it; null for both.</summary>
    public string? Client { get; init; }

    /// <summary>The only protocol in which it shows; null for both.</summary>
    public string? Protocol { get; init; }
}
