using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Serverless.Hubs.Tests.Support;
using Serverless.Support.Processes;

namespace Serverless.Hubs.Tests.Documents;

/// <summary>The app in the README, compiled as by <c>dotnet new web</c>, and run in Development without any setting.</summary>
public sealed partial class ReadmeAppTests
{
    // The usings that the web SDK adds to a project with implicit usings.
    private static readonly string[] ImplicitUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    [Fact]
    public async Task The_readme_s_new_app_runs_as_pasted_and_in_Development_needs_no_connection_string()
    {
        var snippet = Snippet("README.md");
        Assert.Equal(snippet, Snippet(Path.Combine("src", "Hubs", "README.md")));
        var address = new Uri($"http://localhost:{FreePort.Find()}");
        Assert.Contains("http://localhost:7071", snippet, StringComparison.Ordinal);
        var program = Compile(snippet.Replace("http://localhost:7071", $"http://localhost:{address.Port}", StringComparison.Ordinal));
        try
        {
            // The app uses the libraries of these tests.
            var own = Path.Combine(AppContext.BaseDirectory, "Hubs.Tests");
            var start = new ProcessStartInfo("dotnet", ["exec", "--depsfile", $"{own}.deps.json", "--runtimeconfig", $"{own}.runtimeconfig.json", program]);
            await using var app = await ServerProcess.StartAsync(start, address, "/", new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["AzureSignalRConnectionString"] = null,
            });
            using var http = new HttpClient { BaseAddress = address };

            using var negotiated = await http.PostAsync("/chat/negotiate?user=ann&negotiateVersion=1", null);
            using var body = JsonDocument.Parse(await negotiated.Content.ReadAsStringAsync());
            Assert.Equal("http://localhost:8888/client/?hub=chat&user=ann&asrs.op=%2Fchat", body.RootElement.GetProperty("url").GetString());

            // Signed with the emulator's key, as a gateway in Development signs.
            using var connected = new HttpRequestMessage(HttpMethod.Post, "/chat/upstream/connections/connected") { Content = new StringContent("""{"type":10}""") };
            connected.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            foreach (var (name, value) in HubHost.Headers("chat", "connections", "connected"))
            {
                connected.Headers.TryAddWithoutValidation(name, value);
            }

            using var answer = await http.SendAsync(connected);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}\n{app.Log}");
            Assert.Contains("AzureSignalRConnectionString is not set: using the Development default, a gateway at http://localhost:8888", app.Log, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(program);
        }
    }

    private static string Snippet(string readme) => Assert.Single(
        Block().Matches(File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, readme))).Select(match => match.Groups[1].Value));

    // Writes the app beside the tests, where their libraries are.
    private static string Compile(string source)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var usings = string.Concat(ImplicitUsings.Select(name => $"global using {name};"));
        var compilation = CSharpCompilation.Create(
            "ReadmeApp",
            [CSharpSyntaxTree.ParseText(usings), CSharpSyntaxTree.ParseText(source, path: "Program.cs")],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));
        var program = Path.Combine(AppContext.BaseDirectory, "ReadmeApp.dll");
        var result = compilation.Emit(program);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return program;
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
