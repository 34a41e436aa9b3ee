using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Analyzers.Tests;

public class ServerlessHubAnalyzerTests
{
    private const string Mapped = "static class App { public static void Map(IEndpointRouteBuilder app) => app.MapServerlessHub<Chat>(\"/chat\"); }";
    private const string Added =
        "static class App { public static void Add(Serverless.Hubs.Functions.ServerlessHubsBuilder hubs) => hubs.AddHub<Chat>(); }";
    private const string InProcess = "static class Local { public static void Map(IEndpointRouteBuilder app) => app.MapHub<Chat>(\"/chat\"); }";

    private const string Streaming = """
        public class Chat : Hub
        {
            public Task Send(string text) => Task.CompletedTask;
            public Task Upload(string name, IAsyncEnumerable<int> items) => Task.CompletedTask;
        }
        """;

    [Theory]
    [InlineData(Mapped)]
    [InlineData(Added)]
    public async Task A_client_stream_of_a_serverless_hub_is_an_error_at_its_method(string mapping)
    {
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([Streaming, mapping]));

        Assert.Equal(("SVL001", DiagnosticSeverity.Error), (diagnostic.Id, diagnostic.Severity));
        Assert.Equal(("Sample.cs", 3, "Upload"), Place(diagnostic));
        Assert.Equal(
            "'Chat.Upload' takes a stream from the client in parameter 'items', which an upstream request cannot carry; "
                + "send the items as separate calls, or run the hub behind the gateway as an app server",
            diagnostic.GetMessage());
    }

    [Theory]
    [InlineData("public Task Upload(ChannelReader<string> items) => Task.CompletedTask;")]
    [InlineData("public IAsyncEnumerable<int> Upload(IAsyncEnumerable<int> items) => items;")]
    [InlineData("public void Upload(IAsyncEnumerable<Dictionary<string, int>> items, ChannelReader<int> more) { }")]
    [InlineData("[HubMethodName(\"up\")] public Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask;")]
    public async Task Every_form_of_a_client_stream_is_reported_once(string method)
    {
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([$"public class Chat : Hub {{ {method} }}", Mapped]));
        Assert.Equal(("SVL001", "Upload"), (diagnostic.Id, Place(diagnostic).Text));
    }

    [Theory]
    [InlineData("public IAsyncEnumerable<int> Count(int to) => throw new NotSupportedException();")] // a stream to the client
    [InlineData("public ChannelReader<int> Count(int to) => throw new NotSupportedException();")]
    [InlineData("public Task Send(IEnumerable<int> items, List<string> names) => Task.CompletedTask;")]
    [InlineData("public Task Send(ChannelWriter<int> items) => Task.CompletedTask;")]
    [InlineData("protected Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask;")] // not hub methods
    [InlineData("private Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask;")]
    [InlineData("public static Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask;")]
    public async Task Other_methods_are_not_reported(string method) =>
        Assert.Empty(await AnalyzerRun.RunAsync([$"public class Chat : Hub {{ {method} }}", Mapped]));

    [Fact]
    public async Task A_hub_that_is_not_mapped_serverless_is_not_reported()
    {
        const string Items = "public class Room : Hub { public int Count() => Context.Items.Count; }";
        Assert.Empty(await AnalyzerRun.RunAsync([Streaming, InProcess, Items]));
        Assert.Empty(await AnalyzerRun.RunAsync([Streaming, Items]));
    }

    [Fact]
    public async Task A_hub_that_is_also_mapped_in_process_gets_a_warning()
    {
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([Streaming, Mapped, InProcess]));
        Assert.Equal(("SVL001", DiagnosticSeverity.Warning), (diagnostic.Id, diagnostic.Severity));
    }

    [Fact]
    public async Task A_hub_that_is_mapped_twice_is_reported_once()
    {
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([Streaming, Mapped, Added.Replace("App", "Other", StringComparison.Ordinal)]));
        Assert.Equal("SVL001", diagnostic.Id);
    }

    [Fact]
    public async Task Methods_of_base_classes_belong_to_the_hub_and_overridden_ones_do_not()
    {
        const string Hubs = """
            public interface IClient { Task Receive(); }
            public abstract class Base<T> : Hub<IClient>
            {
                public virtual Task Upload(IAsyncEnumerable<T> items) => Task.CompletedTask;
                public Task More(ChannelReader<T> items) => Task.CompletedTask;
            }
            public class Chat : Base<int>
            {
                public override Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask;
            }
            public class Room : Base<string>;
            """;
        var chat = await AnalyzerRun.RunAsync([Hubs, Mapped]);
        Assert.Equal([("Sample.cs", 4, "More"), ("Sample.cs", 8, "Upload")], chat.Select(Place));

        const string Room = "static class Other { public static void Map(IEndpointRouteBuilder app) => app.MapServerlessHub<Room>(\"/room\"); }";
        var both = await AnalyzerRun.RunAsync([Hubs, Mapped, Room]);
        Assert.Equal([("Sample.cs", 3, "Upload"), ("Sample.cs", 4, "More"), ("Sample.cs", 8, "Upload")], both.Select(Place));
    }

    [Fact]
    public async Task A_hub_of_another_project_is_reported_where_it_is_mapped()
    {
        const string Hub = """
            public class Chat : Hub
            {
                public Task Upload(IAsyncEnumerable<int> items) => Task.FromResult(Context.Items.Count);
                public Task More(ChannelReader<int> items) => Task.CompletedTask;
            }
            """;
        var diagnostics = await AnalyzerRun.RunAsync([Mapped], Hub);

        Assert.Equal(["SVL001", "SVL001"], diagnostics.Select(one => one.Id));
        Assert.All(diagnostics, one => Assert.Equal(("Sample.cs", 0, "MapServerlessHub<Chat>"), Place(one)));
        Assert.StartsWith("'Chat.More' ", diagnostics[0].GetMessage(), StringComparison.Ordinal);
        Assert.StartsWith("'Chat.Upload' ", diagnostics[1].GetMessage(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public int Count() => Context.Items.Count;")]
    [InlineData("public void Set() { Action set = () => Context.Items[\"a\"] = 1; set(); }")]
    [InlineData("public override Task OnConnectedAsync() { var context = Context; context.Items[\"a\"] = 1; return Task.CompletedTask; }")]
    [InlineData("private static int Count(HubCallerContext context) => context.Items.Count; public int Use() => Count(Context);")]
    [InlineData("private sealed class Helper(HubCallerContext context) { public int Count => context.Items.Count; }")]
    public async Task Items_of_a_serverless_hub_are_a_warning_where_they_are_used(string members)
    {
        var hub = $"public class Chat : Hub\n{{\n    {members}\n}}";
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([hub, Mapped]));

        Assert.Equal(("SVL002", DiagnosticSeverity.Warning), (diagnostic.Id, diagnostic.Severity));
        Assert.Equal(("Sample.cs", 2), (Place(diagnostic).File, Place(diagnostic).Line));
        Assert.EndsWith(".Items", Place(diagnostic).Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(
            "'Chat' is mapped serverless, where Context.Items lives for one request; keep state outside of the hub, for example by connection id",
            diagnostic.GetMessage());
        Assert.Empty(await AnalyzerRun.RunAsync([hub, InProcess]));
    }

    [Fact]
    public async Task Items_in_a_base_class_are_reported_for_the_hub_that_is_mapped()
    {
        const string Hubs = """
            public abstract class Base : Hub { protected int Count => Context.Items.Count; }
            public class Chat : Base;
            public class Room : Hub { public int Count => Context.Items.Count; }
            """;
        var diagnostic = Assert.Single(await AnalyzerRun.RunAsync([Hubs, Mapped]));
        Assert.Equal(("SVL002", 0), (diagnostic.Id, Place(diagnostic).Line));
    }

    [Fact]
    public async Task Items_of_another_class_and_methods_of_another_library_are_not_meant()
    {
        const string Source = """
            public class Order { public List<int> Items { get; } = []; }
            public class Chat : Hub { public int Count(Order order) => order.Items.Count; }
            public class Room : Hub { public Task Upload(IAsyncEnumerable<int> items) => Task.CompletedTask; }
            namespace Others
            {
                public static class Extensions
                {
                    public static void AddHub<T>(this IEndpointRouteBuilder app) { }
                    public static void Use(IEndpointRouteBuilder app) => app.AddHub<Room>();
                }
            }
            """;
        Assert.Empty(await AnalyzerRun.RunAsync([Source, Mapped]));
    }

    // In a method that takes the hub as its own type parameter, the hub is not known.
    [Fact]
    public async Task A_mapping_of_a_type_parameter_is_passed_over()
    {
        const string Generic =
            "static class App { public static void Map<T>(IEndpointRouteBuilder app) where T : Hub => app.MapServerlessHub<T>(\"/chat\"); }";
        Assert.Empty(await AnalyzerRun.RunAsync([Streaming, Generic]));
    }

    private static (string File, int Line, string Text) Place(Diagnostic diagnostic)
    {
        var span = diagnostic.Location.GetLineSpan();
        return (span.Path, span.StartLinePosition.Line, diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan));
    }
}
