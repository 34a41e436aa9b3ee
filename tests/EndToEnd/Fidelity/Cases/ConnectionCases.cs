using System.Security.Claims;
using Serverless.EndToEnd.Fidelity.Hubs;
using static Serverless.EndToEnd.Fidelity.Step;

namespace Serverless.EndToEnd.Fidelity.Cases;

/// <summary>Rows about streams, client results, messages and the lifetime of connections.</summary>
internal static class ConnectionCases
{
    private static readonly CaseClient A = new("a");
    private static readonly CaseClient B = new("b");
    private static readonly CaseClient C = new("c");

    public static IEnumerable<FidelityCase> All => [.. Streams, .. Results, .. Messages, .. Lifetimes];

    private static IEnumerable<FidelityCase> Streams =>
    [
        Streaming("An IAsyncEnumerable", Stream<int>("Count", 3), Stream<int>("CountLater", 2)),
        Streaming("A ChannelReader", Stream<string>("Channel", 3), Stream<string>("ChannelLater", 2)),
        Streaming("A stream without items", Stream<int>("Count", 0), Stream<string>("Channel", 0)),
        Streaming("Records, null and bytes in streams", Stream<Parcel?>("Parcels"), Stream<byte[]>("Bytes")),
        Streaming(
            "A stream that fails half-way",
            FailingStream<int>("Refuse"), FailingStream<int>("Break"), FailingStream<string>("ChannelThatFails")),
        Streaming("A stream that fails before it begins", FailingStream<int>("RefuseFirst"), FailingStream<int>("Null")),
        Streaming("A stream that the client cancels",
            Invoke("Join", "watchers-$run").By("b"), Take<int>(3, "UntilCancelled", "watchers-$run"),
            Hear("b", 1)) with { Clients = [A, B] },
        Streaming("A stream whose client leaves",
            Invoke("Join", "watchers-$run").By("b"), Open<int>("UntilCancelled", "watchers-$run"), Stop("a"),
            Hear("b", 1)) with { Clients = [A, B] },
        Streaming(
            "A stream of 200 items, and of 20 large ones",
            Stream<int>("Count", 200), Stream<string>("Texts", new string('x', 20_000), 20)),
        Streaming("A message between the items of a stream", Stream<string>("Interleaved"), Hear("a", 1)),
        Streaming("A streaming method that is invoked", Fail("Count", 3)),
        Streaming("A method without a stream, streamed", FailingStream<int>("Single")),
        Streaming(
            "An unknown stream, and wrong arguments",
            FailingStream<int>("NoSuchStream"), FailingStream<int>("Count"), FailingStream<int>("Count", "x")),
        new("A stream from the client", typeof(UploadsHub), Upload<int>("Sum", 1, 2, 3)),
    ];

    private static IEnumerable<FidelityCase> Results =>
    [
        Asking("A result of the caller", A with { Answers = Answer("add", 3) }, Invoke<int>("AskCaller", 1, 2)),
        Asking(
            "A record as a client's result",
            A with { Answers = Answer("askForParcel", new Parcel("ä", 0.5, 1, ["x"], null, Colour.Green)) },
            Invoke<Parcel>("AskForParcel")),
        Asking(
            "null as a client's result",
            A with { Answers = Answer("text", null) }, Invoke<string?>("AskForText", "text").Is(Outcome.Either)),
        Asking("A client that throws", A with { Answers = Answer("fail", new InvalidOperationException("No idea ä.")) },
            Fail("AskForText", "fail"), Invoke<string>("AskAndCatch", "fail")),
        Asking("A client without a handler", A, Fail("AskForText", "text"), Invoke<string>("AskAndCatch", "no such handler")),
        Asking("A client's result of a wrong type", A with { Answers = Answer("add", "text") }, Fail("AskCaller", 1, 2)),
        Asking("Two calls of the client at once", A with { Answers = Answer("add", 5) }, Invoke<int[]>("AskTwice")),
        Asking("A call of the client that the hub cancels", A with { Answers = Answer("add", 5) }, Invoke<string>("AskWithCancelled")),
        Asking(
            "A result of another client",
            A, Invoke<int>("AskOther", "$b")) with { Clients = [A, B with { Answers = Answer("add", 12) }] },
        Asking("A result of a missing client", A, Fail("AskMissing")),
        new(
            "Results through a typed client",
            typeof(TypedResultsHub), Invoke<int>("Add", 1, 2), Invoke<bool>("Confirm", "$b", "Really?"))
        {
            Clients = [A with { Answers = Answer("add", 3) }, B with { Answers = Answer("confirm", true) }],
        },
        new("A client result in a hub of one call at a time", typeof(SerialHub), Invoke<int>("AskCaller"))
        {
            Clients = [A with { Answers = Answer("add", 3) }],
        },
    ];

    private static IEnumerable<FidelityCase> Messages =>
    [
        Talking("Clients.All", [A, B, C], Invoke("All", "$run", "all")),
        Talking("Clients.AllExcept", [A, B, C], Invoke("AllExcept", "$run", Texts("$b", "no-such-connection"))),
        Talking("Clients.Others", [A, B, C], Invoke("Others", "$run")),
        Talking(
            "Clients.Caller, and the message before the result",
            [A, B], Invoke<string>("Caller", "to a"), Invoke<string>("Caller", "to b").By("b")),
        Talking("Clients.Client", [A, B, C], Invoke("Client", "$b", "to b"), Invoke("Client", "no-such-connection", "to none")),
        Talking(
            "Clients.Clients",
            [A, B, C], Invoke("ClientsOf", Texts("$a", "$c"), "to a and c"), Invoke("ClientsOf", Texts(), "to none")),
        Talking(
            "Clients.Group",
            [A, B, C], Invoke("Join", "g-$run"), Invoke("Join", "g-$run").By("c"),
            Invoke("Group", "g-$run", "to the group").By("b"),
            Invoke("Group", "G-$run", "to a group in capitals"), Invoke("Group", "empty-$run", "to none")),
        Talking(
            "Names of groups beyond ASCII",
            [A, B], Invoke("Join", "grüppe/日本 % ?-$run"), Invoke("Group", "grüppe/日本 % ?-$run", "to the group").By("b")),
        Talking(
            "Clients.GroupExcept",
            [A, B, C], Invoke("Join", "g-$run"), Invoke("Join", "g-$run").By("b"), Invoke("Join", "g-$run").By("c"),
            Invoke("GroupExcept", "g-$run", Texts("$b")).By("c")),
        Talking(
            "Clients.Groups, with a client in two of them",
            [A, B, C], Invoke("Join", "g-$run"), Invoke("Join", "h-$run"), Invoke("Join", "h-$run").By("b"),
            Invoke("GroupsOf", (object)Texts("g-$run", "h-$run")).By("c")),
        Talking(
            "Clients.OthersInGroup",
            [A, B, C], Invoke("Join", "g-$run"), Invoke("Join", "g-$run").By("b"), Invoke("OthersInGroup", "g-$run")),
        Talking("Clients.User, with two connections", [As("a", "ann-$run"), As("b", "ann-$run"), As("c", "bea-$run")],
            Invoke("User", "ann-$run", "to ann").By("c"), Invoke("User", "none-$run", "to none")),
        Talking(
            "Clients.Users",
            [As("a", "ann-$run"), As("b", "bea-$run"), As("c", "cid-$run")],
            Invoke("UsersOf", (object)Texts("ann-$run", "cid-$run", "none-$run"))),
        Talking("Names of users beyond ASCII", [As("a", "änn/日本 🙂 %?-$run"), B], Invoke("User", "änn/日本 🙂 %?-$run", "to ann").By("b")),
        Talking(
            "Joining and leaving a group",
            [A, B], Invoke("Join", "g-$run"), Invoke("Group", "g-$run", "first").By("b"), Invoke("Leave", "g-$run"),
            Invoke("Leave", "g-$run"), Invoke("Group", "g-$run", "second").By("b"), Invoke("JoinOther", "$a", "g-$run").By("b"),
            Invoke("Group", "g-$run", "third").By("b")),
        Talking("Joining and leaving within a call", [A], Invoke("JoinAndTalk", "g-$run")),
        Talking(
            "Joining with the id of a missing connection",
            [A], Invoke("JoinOther", "no-such-connection", "g-$run").Is(Outcome.Either)),
        Talking("Messages of every kind", [A], Invoke("EveryKind")),
        Talking("A polymorphic message", [A], Invoke("Shapes"), Hear("a", 1)),
        Talking("200 messages in order", [A], Invoke("InOrder", 200)),
        Talking("A message without a handler", [A], Invoke("Unheard")),
        Talking(
            "IHubContext from a service",
            [A, B], Invoke("Join", "g-$run"), Invoke("ByService", "g-$run").By("b"), Invoke("ByServiceToClient", "$b"),
            Invoke("ByServiceJoin", "$b", "g-$run"), Invoke("ByService", "g-$run")),
        new(
            "A typed client",
            typeof(TypedTalkHub),
            [Invoke("Said", "typed"), Invoke("Join", "g-$run").By("b"), Invoke("Pair", "g-$run"), Invoke("Parcel", "ann-$run"),
            Invoke("Nothing", "$b"), .. Settle("a", "b")]) { Clients = [A, As("b", "ann-$run")] },
        new(
            "IHubContext of a typed client",
            typeof(TypedTalkHub),
            [Invoke("Join", "g-$run"), Invoke("ByService", "g-$run").By("b"), .. Settle("a", "b")]) { Clients = [A, B] },
    ];

    private static IEnumerable<FidelityCase> Lifetimes =>
    [
        Living("A message of OnConnectedAsync, with the client's query", [A with { Query = "shade=light%20%C3%A4" }]),
        Living("A group that OnConnectedAsync joins", [As("a", "ann-$run"), B], Invoke("Visit", "ann-$run").By("b"), Hear("a", 2)),
        Living(
            "OnDisconnectedAsync after the client has stopped",
            [As("a", "ann-$run"), B], Invoke("WatchEnd", "ann-$run").By("b"), Stop("a"), Hear("b", 2)),
        Refused("OnConnectedAsync that refuses", "connect=refuse"),
        Refused("OnConnectedAsync that throws", "connect=break"),
        // The JavaScript client is or is not connected by then.
        Refused("Abort in OnConnectedAsync", "connect=abort") with { Driver = ".NET" },
        Living(
            "Abort in a method",
            [As("a", "ann-$run"), B], Invoke("WatchEnd", "ann-$run").By("b"), Send("Abort"), AwaitClose(Outcome.Either),
            Hear("b", 2)),
        Living("ConnectionAborted when the client leaves", [As("a", "ann-$run"), B],
            Invoke("Watch", "ann-$run").By("b"), Send("WaitUntilAborted", "ann-$run"), Hear("b", 2), Stop("a"), Hear("b", 3)),
        Living("The connection id", [A], Invoke<string>("ConnectionId")),
        Living("The query of the client", [A with { Query = "shade=1&shade=2&x=%25%20%2B" }],
            Invoke<string>("Query", "shade"), Invoke<string>("Query", "x"), Invoke<string?>("Query", "none")),
        Living("A header of the client", [A], Invoke<string?>("Header", "X-Fidelity")),
        Living("GetHttpContext and its user", [As("a", "ann-$run")],
            Invoke<bool>("HasHttpContext"), Invoke<bool>("HasHttpContextFeature"), Invoke<bool>("IsUserOfRequest")),
        Living("Features of the transport", [A], Invoke<bool>("HasTransportFeature"), Invoke<bool>("HasHeartbeatFeature")),
        Living(
            "Items from call to call",
            [A], Invoke("SetItem", "kept"), Invoke<string?>("GetItem"), Invoke<bool>("HasItemOfConnect")),
        Living("ConnectionAborted during a call", [A], Invoke<bool>("IsAborted")),
        new("Ten calls at once in a hub of one call at a time", typeof(SerialHub), Together<int>(10, "Slow", "call"), Hear("a", 20)),
        new(
            "A message above the hub's limit",
            typeof(SmallHub), Invoke<int>("Length", "short"), Fail("Length", new string('x', 10_000))),
    ];

    private static FidelityCase Streaming(string name, params Step[] steps) => new(name, typeof(StreamsHub), steps);

    private static FidelityCase Asking(string name, CaseClient client, params Step[] steps) => new(name, typeof(ResultsHub), steps) { Clients = [client] };

    // Each client settles first, because a hub sends to a client only some time after its handshake, and last, so that a message which it
    // must not receive would be in its record.
    private static FidelityCase Talking(string name, CaseClient[] clients, params Step[] steps)
    {
        var settle = Settle([.. clients.Select(client => client.Name)]);
        return new(name, typeof(TalkHub), [.. settle, .. steps, .. settle]) { Clients = clients };
    }

    // The message of OnConnectedAsync comes first.
    private static FidelityCase Living(string name, CaseClient[] clients, params Step[] steps) =>
        new(name, typeof(LifetimeHub), [.. clients.Select(client => Hear(client.Name, 1)), .. steps]) { Clients = clients };

    private static FidelityCase Refused(string name, string query) =>
        new(name, typeof(LifetimeHub), AwaitClose(Outcome.Either)) { Clients = [A with { Query = query }] };

    private static CaseClient As(string name, string user) => new(name) { Claims = [(ClaimTypes.NameIdentifier, user)] };

    private static Dictionary<string, object?> Answer(string method, object? result) => new() { [method] = result };

    private static string[] Texts(params string[] texts) => texts;
}
