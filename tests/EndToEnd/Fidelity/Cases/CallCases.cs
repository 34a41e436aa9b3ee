using System.Security.Claims;
using Serverless.EndToEnd.Fidelity.Hubs;
using static Serverless.EndToEnd.Fidelity.Step;

namespace Serverless.EndToEnd.Fidelity.Cases;

/// <summary>Rows about errors, names of methods, services, authorization and filters.</summary>
internal static class CallCases
{
    private static readonly CaseClient Ann = new("a") { Claims = [(ClaimTypes.NameIdentifier, "ann-$run"), (ClaimTypes.Name, "Ann Ä")] };

    public static IEnumerable<FidelityCase> All => [.. Errors, .. Names, .. Services, .. Authorization, .. Filters];

    private static IEnumerable<FidelityCase> Errors =>
    [
        Failing("A HubException", Fail("Refuse", "Näh 🙅"), Fail("RefuseWithoutText"), Fail("RefuseInner"), Fail("RefuseLater")),
        Failing("An app's own HubException, and one from a property", Fail("RefuseDerived"), Fail("FromProperty")),
        Failing("Any other exception", Fail("Break"), Fail("BreakLater"), Fail("BreakWrapped")),
        Detailed(
            "Any other exception, with detailed errors",
            Fail("Break"), Fail("BreakLater"), Fail("BreakWrapped"), Fail("RefuseInner")),
        Failing("A cancelled method", Fail("Cancelled"), Fail("CancelledTask")),
        Detailed("A cancelled method, with detailed errors", Fail("Cancelled"), Fail("CancelledTask")),
        Failing("A method that returns null for its task", Fail("NullTask")),
        Failing("A result that cannot be written", Fail("Unserializable")) with { Protocol = "json" },
        Detailed("A result that cannot be written, with detailed errors", Fail("Unserializable")) with { Protocol = "json" },
        Failing("An unknown method", Fail("NoSuchMethod"), Fail("noSuchMethod", 1, "2")),
        Failing("A method without a name", Fail("").Is(Outcome.Either)),
        Detailed("An unknown method, with detailed errors", Fail("NoSuchMethod")),
        Failing("A wrong number of arguments", Fail("Add", 1), Fail("Add", 1, 2, 3), Fail("Break", 1)),
        Detailed("A wrong number of arguments, with detailed errors", Fail("Add", 1), Fail("Add", 1, 2, 3)),
        Failing("Arguments of a wrong type", Fail("Add", "1", 2), Fail("Add", 1, new[] { 2 }), Fail("Refuse", 1)),
        Detailed("Arguments of a wrong type, with detailed errors", Fail("Add", "1", 2), Fail("Add", 1, new[] { 2 })),
        Failing("A failed call without an answer", Send("Break"), Send("NoSuchMethod"), Send("Add", "1"), Invoke<int>("Add", 1, 2)),
        Failing("Calls after an error", Fail("Break"), Invoke<int>("Add", 1, 2), Fail("Break"), Invoke<int>("Add", 3, 4)),
        new("A hub whose constructor throws", typeof(BrokenHub), AwaitClose(Outcome.Either)) { Clients = [new("a")] },
    ];

    private static IEnumerable<FidelityCase> Names =>
    [
        Failing("Names in any case", Invoke<int>("add", 1, 2), Invoke<int>("ADD", 1, 2)),
        Failing("A name that ends in Async", Invoke<int>("AddAsync", 1, 2), Invoke<int>("Add", 1, 2)),
        Failing(
            "[HubMethodName]",
            Invoke<string>("renamed"), Invoke<string>("Renamed"), Invoke<string>("with spaces / ä"), Fail("Original")),
        Failing(
            "Methods that are not public, and those of object and Hub",
            Fail("Hidden"), Fail("Internal"), Fail("Private"), Fail("ToString"),
            Fail("GetHashCode"), Fail("Dispose"), Fail("OnConnectedAsync"), Fail("OnDisconnectedAsync"), Fail("get_Property"),
            Fail("get_Context")),
        Failing("A static method", Invoke<string>("Static").Is(Outcome.Either)),
        Detailed(
            "Inherited and overridden methods",
            Invoke<string>("Virtual"), Invoke<string>("Overridable"), Invoke<int>("Add", 1, 2)),
    ];

    private static IEnumerable<FidelityCase> Services =>
    [
        Serving("Services in the constructor", Invoke<string>("Constructor")),
        Serving(
            "Services in methods",
            Invoke<string>("FromServices"), Invoke<string>("Implicit", 7), Invoke<string>("Between", 1, 2),
            Fail("Implicit", 1, 2)),
        Serving("Keyed services in methods", Invoke<string>("Keyed")),
        Serving("A scope for each call", Invoke<bool>("IsOneScope"), Invoke<bool>("IsNewScope"), Invoke<bool>("IsNewScope")),
    ];

    private static IEnumerable<FidelityCase> Authorization =>
    [
        Guarded("[Authorize] on a hub", [Ann], Invoke<string>("Name")),
        Guarded("[Authorize] on a hub, without a user", [new("a") { ConnectsLater = true }], FailToConnect()),
        new("A policy on a hub", typeof(BlueHub), FailToConnect(), Connect("b"), Invoke<string>("Blue").By("b"))
        {
            Clients = [Ann with { ConnectsLater = true }, With("b", ("colour", "blue")) with { ConnectsLater = true }],
        },
        Guarded(
            "Roles on a method",
            [Ann, With("b", (ClaimTypes.Role, "owner")), With("c", (ClaimTypes.Role, "reader"), (ClaimTypes.Role, "editor"))],
            Fail("ForRoles"), Invoke<string>("ForRoles").By("b"), Invoke<string>("ForRoles").By("c")),
        Guarded(
            "A policy on a method", [Ann, With("b", ("colour", "blue")), With("c", ("colour", "red"))],
            Fail("ForPolicy"), Invoke<string>("ForPolicy").By("b"), Fail("ForPolicy").By("c")),
        Guarded("A policy about the arguments", [Ann], Invoke<string>("ForSmallNumbers", 9), Fail("ForSmallNumbers", 10)),
        Guarded(
            "Roles and a policy together",
            [With("a", (ClaimTypes.Role, "editor")), With("b", (ClaimTypes.Role, "editor"), ("colour", "blue"))],
            Fail("ForBoth"), Invoke<string>("ForBoth").By("b")),
        Guarded(
            "Roles on a stream", [Ann, With("b", (ClaimTypes.Role, "editor"))],
            FailingStream<int>("StreamForRoles"), Stream<int>("StreamForRoles").By("b")),
        Guarded("[AllowAnonymous] on a method", [Ann], Invoke<string>("Anyone")),
        new("[Authorize] on a method of an open hub", typeof(OpenHub),
            Invoke<string>("Anyone"), Fail("ForUsers"),
            Invoke<string>("ForUsers").By("b")) { Clients = [new("a"), Ann with { Name = "b" }] },
        new("The user's identifier", typeof(OpenHub),
            Invoke<string>("UserIdentifier"), Invoke<string>("UserIdentifier").By("b"), Invoke<string>("UserIdentifier").By("c"))
        {
            Clients = [Ann, new("b"), With("c", ("uid", "own-$run"))],
        },
        new("Whether the user is signed in, and the roles", typeof(OpenHub),
            Invoke<bool>("IsAuthenticated"), Invoke<bool>("IsAuthenticated").By("b"), Invoke<bool>("IsInRole", "editor").By("b"),
            Invoke<bool>("IsInRole", "owner").By("b")) { Clients = [new("a"), With("b", (ClaimTypes.Role, "editor"))] },
        new("The user's claims", typeof(OpenHub), Invoke<string[]>("Claims"), Invoke<string>("FirstName"))
        {
            Clients = [With("a", (ClaimTypes.Name, "Ann Ä 日本"), ("colour", "blue, 100% ✓"), ("colour", "red"), (ClaimTypes.Role, "editor"))],
        },
        new("The claims of a client without a user", typeof(OpenHub), Invoke<string[]>("Claims")),
        new("The user's authentication type", typeof(OpenHub), Invoke<string>("AuthenticationType")) { Clients = [Ann] },
    ];

    private static IEnumerable<FidelityCase> Filters =>
    [
        Filtered("A filter that changes arguments", Invoke<string>("Echo", "unchanged"), Invoke<string>("Echo", "changed")),
        Filtered("A filter that changes results", Invoke<string>("Ask", "a coffee")),
        Filtered("A filter that answers in place of the method", Invoke<string>("Echo", "answered"), Fail("Add", "answered")),
        Filtered("A filter that refuses", Fail("Echo", "refused"), Fail("Echo", "broken"), Fail("Echo", "refused by all")),
        Filtered("A filter that translates exceptions", Fail("Break")),
        Filtered("Filters of all hubs before those of the hub", Invoke<string>("Trace")),
        Filtered("A filter and a stream", Stream<string>("Stream", "changed"), FailingStream<string>("Stream", "refused")),
        Filtered(
            "A filter is not asked about what cannot be bound",
            Fail("Echo"), Fail("NoSuchMethod", "refused"), Fail("Add", 1, "refused")),
        Filtered("A filter around OnConnectedAsync"),
        Filtered(
            "A filter around OnDisconnectedAsync",
            Invoke("Watch", "ann-$run").By("b"), Stop("a"), Hear("b", 4)) with { Clients = [Ann, new("b")] },
        new("A filter that refuses a connection", typeof(FilteredHub), AwaitClose(Outcome.Either))
        {
            Clients = [With("a", (ClaimTypes.NameIdentifier, "banned-$run"))],
        },
    ];

    private static FidelityCase Failing(string name, params Step[] steps) => new(name, typeof(ErrorsHub), steps);

    private static FidelityCase Detailed(string name, params Step[] steps) => new(name, typeof(DetailedErrorsHub), steps);

    private static FidelityCase Serving(string name, params Step[] steps) => new(name, typeof(ServicesHub), steps);

    private static FidelityCase Guarded(string name, CaseClient[] clients, params Step[] steps) =>
        new(name, typeof(GuardedHub), steps) { Clients = clients };

    // The messages of OnConnectedAsync come first.
    private static FidelityCase Filtered(string name, params Step[] steps) => new(name, typeof(FilteredHub), [Hear("a", 3), .. steps]);

    private static CaseClient With(string name, params (string Type, string Value)[] claims) => new(name) { Claims = claims };
}
