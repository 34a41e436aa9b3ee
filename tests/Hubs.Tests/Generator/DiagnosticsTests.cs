using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Tests.Generator;

/// <summary>Invalid hubs, hub methods and client interfaces, and their diagnostics.</summary>
public class DiagnosticsTests
{
    [Theory]
    [InlineData("HUB001", "public void A() { } public void A(int x) { }", "'ChatHub' has two methods that clients would call 'A'")]
    [InlineData("HUB001", "public void A() { } public void a() { }", "clients would call 'a'; names are compared without case")]
    [InlineData("HUB001", "public void A() { } [HubMethodName(\"A\")] public void B() { }", "clients would call 'A'")]
    [InlineData("HUB002", "public void A(ref int x) { }", "Parameter 'x' of 'ChatHub.A' is passed by reference")]
    [InlineData("HUB002", "public void A(out int x) { x = 1; }", "Parameter 'x' of 'ChatHub.A' is passed by reference")]
    [InlineData("HUB002", "public void A(in int x) { }", "Parameter 'x' of 'ChatHub.A' is passed by reference")]
    [InlineData("HUB003", "public void A<T>(T x) { }", "'ChatHub.A' has type parameters")]
    [InlineData("HUB004", "public async void A() { await Task.Yield(); }", "'ChatHub.A' returns async void; return void, a value, Task")]
    [InlineData("HUB004", "public Span<int> A() => default;", "returns System.Span<int>")]
    [InlineData("HUB004", "private int _x; public ref int A() => ref _x;", "'ChatHub.A' returns int")]
    [InlineData("HUB004", "public ChannelReaderOfSpans A() => default; public ref struct ChannelReaderOfSpans { }", "'ChatHub.A' returns")]
    [InlineData("HUB009", "public void A(ReadOnlySpan<byte> x) { }", "Parameter 'x' of 'ChatHub.A' is System.ReadOnlySpan<byte>, which clients cannot send")]
    [InlineData("HUB009", "public void A(System.Collections.Generic.IAsyncEnumerable<int> x) { }", "which clients cannot send")]
    [InlineData("HUB009", "public void A(Microsoft.Extensions.Logging.ILogger<ChatHub> x) { }", "is Microsoft.Extensions.Logging.ILogger<ChatHub>, which clients cannot send: take a class or record")]
    [InlineData("HUB009", "public void A(Microsoft.AspNetCore.Http.HttpContext x) { }", "or inject a service through the hub's constructor")]
    [InlineData("HUB009", "public void A(System.Collections.Generic.List<IDisposable> x) { }", "which clients cannot send: take a class")]
    [InlineData("HUB009", "public void A([Microsoft.Extensions.DependencyInjection.FromKeyedServices(\"k\")] string x) { }", "is a service, which is injected through the hub's constructor")]
    [InlineData("HUB009", "public void A([Microsoft.AspNetCore.Mvc.FromServices] string x) { }", "is a service, which is injected through the hub's constructor")]
    [InlineData("HUB009", "public void A(Action x) { }", "is System.Action, which clients cannot send")]
    [InlineData("HUB009", "public void A(int[,] x) { }", "is int[*,*], which clients cannot send")]
    [InlineData("HUB009", "public void A(System.IO.Stream? x) { }", "is System.IO.Stream?, which clients cannot send")]
    [InlineData("HUB009", "public void A(Type x) { }", "is System.Type, which clients cannot send")]
    public void A_method_that_clients_cannot_call_is_an_error_where_it_stands(string id, string member, string text)
    {
        var (diagnostics, _) = GeneratorRun.Run($"public class ChatHub : Hub\n{{\n    {member}\n}}");

        var diagnostic = Assert.Single(diagnostics);
        Assert.Equal((id, DiagnosticSeverity.Error), (diagnostic.Id, diagnostic.Severity));
        Assert.Contains(text, diagnostic.GetMessage(), StringComparison.Ordinal);
        Assert.Equal(("Sample.cs", 2), (diagnostic.Location.GetLineSpan().Path, diagnostic.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Theory]
    [InlineData("HUB005", "public class ChatHub<T> : Hub { }", "Hub 'ChatHub' has type parameters")]
    [InlineData("HUB005", "public class Outer<T> { public class ChatHub : Hub { } }", "inside a class with type parameters")]
    [InlineData("HUB005", "public class Outer { private class ChatHub : Hub { } }", "not visible to the rest of its project")]
    [InlineData("HUB005", "file class ChatHub : Hub { }", "not visible to the rest of its project")]
    [InlineData("HUB006", "[HubName(\"1 chat\")] public class ChatHub : Hub { }", "'1 chat', the name of hub 'ChatHub', is not a valid hub name")]
    [InlineData("HUB006", "public class _Chat : Hub { }", "'_Chat', the name of hub '_Chat'")]
    [InlineData("HUB007", "public class ChatHub : Hub { public ChatHub() { } public ChatHub(int x) { } }", "Hub 'ChatHub' needs one public or internal constructor")]
    [InlineData("HUB007", "public class ChatHub : Hub { private ChatHub() { } }", "needs one public or internal constructor")]
    [InlineData("HUB008", "public class ChatHub : Hub<string> { }", "'string': it is not an interface")]
    [InlineData("HUB008", "public interface IC { void A(); } public class ChatHub : Hub<IC> { }", "'A' returns void; return Task or ValueTask")]
    [InlineData("HUB008", "public interface IC { Task<System.Collections.Generic.IAsyncEnumerable<int>> A(); } public class ChatHub : Hub<IC> { }", "or Task<T> for a result of one client")]
    [InlineData("HUB008", "public interface IC { int A { get; } } public class ChatHub : Hub<IC> { }", "'A' is not a method")]
    [InlineData("HUB008", "public interface IC { event Action A; } public class ChatHub : Hub<IC> { }", "'A' is not a method")]
    [InlineData("HUB008", "public interface IC { Task A<T>(T x); } public class ChatHub : Hub<IC> { }", "'A' has type parameters")]
    [InlineData("HUB008", "public interface IC { Task A(ref int x); } public class ChatHub : Hub<IC> { }", "parameter 'x' of 'A' cannot be sent")]
    [InlineData("HUB008", "public interface IB { void A(); } public interface IC : IB; public class ChatHub : Hub<IC> { }", "'A' returns void")]
    public void A_class_that_cannot_be_a_hub_is_an_error_at_its_name(string id, string source, string text)
    {
        var (diagnostics, _) = GeneratorRun.Run(source);

        var diagnostic = Assert.Single(diagnostics);
        Assert.Equal((id, DiagnosticSeverity.Error), (diagnostic.Id, diagnostic.Severity));
        Assert.Contains(text, diagnostic.GetMessage(), StringComparison.Ordinal);
        Assert.Equal(
            source.Contains("_Chat", StringComparison.Ordinal) ? "_Chat" : "ChatHub",
            diagnostic.Location.SourceTree is null
                ? source.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length)
                : diagnostic.Location.SourceTree.ToString().Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length));
    }

    // Attributes of a hub that was moved from ASP.NET Core.
    [Theory]
    [InlineData("[Authorize] public class ChatHub : Hub { }", "'ChatHub' has [Authorize], which has no effect on a hub of Serverless.Hubs; use [HubAuthorize]")]
    [InlineData("[Authorize(Roles = \"admin\")] public class ChatHub : Hub { }", "'ChatHub' has [Authorize]")]
    [InlineData("public class ChatHub : Hub { [Authorize(\"p\")] public void A() { } }", "'ChatHub.A' has [Authorize]")]
    [InlineData("public class ChatHub : Hub { [Authorize] public override Task OnConnectedAsync() => Task.CompletedTask; }", "'ChatHub.OnConnectedAsync' has [Authorize]")]
    [InlineData("[HubAuthorize] public class ChatHub : Hub { [AllowAnonymous] public void A() { } }", "'ChatHub.A' has [AllowAnonymous], which has no effect on a hub of Serverless.Hubs; remove it")]
    [InlineData("[AllowAnonymous] public class ChatHub : Hub { }", "'ChatHub' has [AllowAnonymous]")]
    [InlineData("public class AdminsAttribute : AuthorizeAttribute; [Admins] public class ChatHub : Hub { }", "'ChatHub' has [Admins]")]
    [InlineData("[Authorize] public abstract class Base : Hub { } public class ChatHub : Base { }", "'Base' has [Authorize]")]
    [InlineData("public abstract class Base : Hub { [Authorize] public virtual void A() { } } public class ChatHub : Base { public override void A() { } }", "'ChatHub.A' has [Authorize]")]
    [InlineData("[Authorize] public class ChatHub : Hub<IC> { } public interface IC;", "'ChatHub' has [Authorize]")]
    public void An_Authorize_or_AllowAnonymous_of_AspNetCore_is_an_error_as_it_would_be_lost_silently(string source, string text)
    {
        var (diagnostics, _) = GeneratorRun.Run("using Microsoft.AspNetCore.Authorization; " + source);

        var diagnostic = Assert.Single(diagnostics);
        Assert.Equal(("HUB010", DiagnosticSeverity.Error), (diagnostic.Id, diagnostic.Severity));
        Assert.Contains(text, diagnostic.GetMessage(), StringComparison.Ordinal);
        Assert.Equal("Sample.cs", diagnostic.Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData("object? x, dynamic y, string? z, Uri u, DateTimeOffset t, byte[] b, int? n")]
    [InlineData("System.Text.Json.JsonElement a, System.Text.Json.Nodes.JsonNode b, System.Text.Json.Nodes.JsonObject c")]
    [InlineData("System.Collections.Generic.IReadOnlyList<string> a, System.Collections.Generic.IDictionary<string, int[]> b, params string[] c")]
    [InlineData("Shape a, IShape b, Converted c, System.Collections.Immutable.ImmutableArray<int> d, (int, string) e")]
    [InlineData("CancellationToken cancellation, System.Collections.Generic.KeyValuePair<string, int> a, DayOfWeek b, Guid c")]
    public void A_parameter_that_the_serializer_reads_is_no_error(string parameters) => Assert.Empty(GeneratorRun.Run(
        $$"""
        using System.Text.Json.Serialization;
        [JsonDerivedType(typeof(Circle), "circle")] public abstract record Shape; public record Circle : Shape;
        [JsonDerivedType(typeof(Square), "square")] public interface IShape; public record Square : IShape;
        [JsonConverter(typeof(JsonStringEnumConverter))] public interface Converted;
        public class ChatHub : Hub { public void A({{parameters}}) { } }
        """).Diagnostics);

    [Theory]
    [InlineData("public abstract class ChatHub : Hub { public void A(ref int x) { } }")]
    [InlineData("public class Base; public class ChatHub : Base { public void A(ref int x) { } }")]
    [InlineData("public class ChatHub : Hub { private void A() { } internal void A(int x) { } protected void A<T>() { } public static void A(ref int x) { } public int P { get; set; } }")]
    public void What_is_no_hub_or_not_for_clients_may_be_as_it_likes(string source) => Assert.Empty(GeneratorRun.Run(source).Diagnostics);
}
