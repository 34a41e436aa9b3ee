using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Serverless.Hubs.Generator;

namespace Serverless.Hubs.Tests.Generator;

/// <summary>The generated code for hubs of unusual shapes. GeneratorRun checks that all of it compiles without a warning.</summary>
public class GeneratedCodeTests
{
    [Theory]
    [InlineData("public class ChatHub : Hub { }", "\"chat\"")]
    [InlineData("public class Hub1 : Hub { }", "\"hub1\"")]
    [InlineData("[HubName(\"My.Hub\")] internal class ChatHub : Hub { }", "\"my.hub\"")]
    [InlineData("namespace A.@class { public class @event : Hub { public void @void(int @int) { } } }", "global::A.@class.@event)hub).@void(a0)")]
    [InlineData("public class Outer { internal class ChatHub : Hub { } }", "typeof(global::Outer.ChatHub)")]
    [InlineData("public partial class ChatHub : Hub { public int A() => 1; } public partial class ChatHub : IDisposable { public void Dispose() { } public int B() => 2; }", "\"B\"")]
    [InlineData("public class ChatHub : Hub { public void A((int x, string? y)[] z, dynamic d, int? n, string? s) { } }", "call.ReadRequired<object>(1)")]
    [InlineData("public class ChatHub : Hub { public void A(string? s, string t) { } }", "call.Read<string>(0)")]
    [InlineData("public class ChatHub : Hub { public void A(CancellationToken c, string s) { } }", "A(call.CancellationToken, a0)")]
    [InlineData("#nullable disable\npublic class ChatHub : Hub { public void A(string s) { } }", "call.Read<string>(0)")]
    [InlineData("public class ChatHub : Hub { [HubMethodName(\"a \\\"b\")] public void A() { } }", "\"a \\\"b\"")]
    [InlineData("public class ChatHub(IServiceProvider p, string? s = null, int n = 5) : Hub { public string? A() => s + p + n; }", "p2 : (int)5")]
    [InlineData("using Microsoft.Extensions.DependencyInjection; public class ChatHub([FromKeyedServices(\"k\")] Random r) : Hub { public int A() => r.Next(); }", "GetRequiredKeyedService<global::System.Random>(services, \"k\")")]
    [InlineData("using Microsoft.Extensions.DependencyInjection; public class ChatHub : Hub { public ChatHub() { } [ActivatorUtilitiesConstructor] public ChatHub(Random r) { } }", "GetRequiredService<global::System.Random>(services)")]
    [InlineData("public interface IC { Task<int?> A(string s); ValueTask<string> B(CancellationToken c); } public class ChatHub : Hub<IC> { }", "InvokeSingleAsync<string>(clients, \"B\"")]
    [InlineData("public class ChatHub : Hub { public System.Collections.Generic.IAsyncEnumerable<string?> A() => throw new Exception(); public ValueTask<System.Threading.Channels.ChannelReader<int>> B() => throw new Exception(); }", "call.StreamAsync<int>(await")]
    [InlineData("[HubAuthorize(Roles = new[] { \"a\", \"b\\\"\" })] public class ChatHub : Hub { [HubAuthorize(Claim = \"c\", Policy = null)] public void A() { } }", "Roles = new string[] { \"a\", \"b\\\"\" } }")]
    [InlineData("public interface IC<T> { Task A(T? x, params string[] y); ValueTask A(int x) => default; Task @do(CancellationToken c); } public class ChatHub : Hub<IC<string>> { }", "global::IC<string>.@do(")]
    public void Unusual_hubs_give_code_that_compiles(string source, string part)
    {
        var (diagnostics, code) = GeneratorRun.Run(source);

        Assert.Empty(diagnostics);
        Assert.Contains(part, code, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hubs_of_one_name_in_two_namespaces_are_two_files()
    {
        var (diagnostics, code) = GeneratorRun.Run("namespace A { public class ChatHub : Hub { } } namespace B { public class ChatHub : Hub { } }");

        Assert.Empty(diagnostics);
        Assert.Contains("new global::A.ChatHub()", code, StringComparison.Ordinal);
        Assert.Contains("new global::B.ChatHub()", code, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_again_when_a_change_does_not_touch_what_hubs_show()
    {
        var compilation = GeneratorRun.Compile("public class ChatHub : Hub { public int A() => 1; public void B(ref int x) { } }");
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new HubGenerator().AsSourceGenerator()],
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        driver = driver.RunGenerators(compilation);

        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Other { }")));
        var steps = driver.GetRunResult().Results.Single().TrackedSteps["Hubs"];

        Assert.All(steps.SelectMany(step => step.Outputs), output =>
            Assert.Contains(output.Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
    }
}
