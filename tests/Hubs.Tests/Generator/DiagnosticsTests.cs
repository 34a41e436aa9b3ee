using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Tests.Generator;

/// <summary>What cannot be a hub, a hub method or a client interface, and what the author is told.</summary>
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
    [InlineData("HUB005", "public class Outer<T> { public class ChatHub : Hub { } }", "inside a class that has")]
    [InlineData("HUB005", "public class Outer { private class ChatHub : Hub { } }", "not visible to the rest of its project")]
    [InlineData("HUB005", "file class ChatHub : Hub { }", "not visible to the rest of its project")]
    [InlineData("HUB006", "[HubName(\"1 chat\")] public class ChatHub : Hub { }", "'1 chat', the name of hub 'ChatHub', is no hub name")]
    [InlineData("HUB006", "public class _Chat : Hub { }", "'_Chat', the name of hub '_Chat'")]
    [InlineData("HUB007", "public class ChatHub : Hub { public ChatHub() { } public ChatHub(int x) { } }", "Hub 'ChatHub' needs one public or internal constructor")]
    [InlineData("HUB007", "public class ChatHub : Hub { private ChatHub() { } }", "needs one public or internal constructor")]
    [InlineData("HUB008", "public class ChatHub : Hub<string> { }", "'string': it is no interface")]
    [InlineData("HUB008", "public interface IC { void A(); } public class ChatHub : Hub<IC> { }", "'A' returns void; return Task or ValueTask")]
    [InlineData("HUB008", "public interface IC { Task<System.Collections.Generic.IAsyncEnumerable<int>> A(); } public class ChatHub : Hub<IC> { }", "or Task<T> for a result of one client")]
    [InlineData("HUB008", "public interface IC { int A { get; } } public class ChatHub : Hub<IC> { }", "'A' is no method")]
    [InlineData("HUB008", "public interface IC { event Action A; } public class ChatHub : Hub<IC> { }", "'A' is no method")]
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

    [Theory]
    [InlineData("public abstract class ChatHub : Hub { public void A(ref int x) { } }")]
    [InlineData("public class Base; public class ChatHub : Base { public void A(ref int x) { } }")]
    [InlineData("public class ChatHub : Hub { private void A() { } internal void A(int x) { } protected void A<T>() { } public static void A(ref int x) { } public int P { get; set; } }")]
    public void What_is_no_hub_or_not_for_clients_may_be_as_it_likes(string source) => Assert.Empty(GeneratorRun.Run(source).Diagnostics);
}
