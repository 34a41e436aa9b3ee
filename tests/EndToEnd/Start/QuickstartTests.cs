using System.Diagnostics;
using Serverless.EndToEnd.Browsers;
using Serverless.EndToEnd.ChatPage;
using Serverless.EndToEnd.Documents;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Start;

/// <summary><c>docs/quickstart.md</c> as a newcomer goes through it: clone, start, talk, change a hub method, see it.</summary>
public sealed class QuickstartTests(BrowserFixture browser) : IClassFixture<BrowserFixture>, IDisposable
{
    // What it promises from the clone to the changed method.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("quickstart-").FullName;
    private readonly Document _document = Document.Find(Path.Combine("docs", "quickstart.md"));

    [Fact]
    public async Task From_a_clone_to_a_changed_hub_method_in_the_browser()
    {
        var clock = Stopwatch.StartNew();
        var functions = new Uri($"http://localhost:{FreePort.Find()}");
        var commands = _document.Blocks("sh").Single().Trim()
            .Replace("REPOSITORY", BuiltProgram.RepositoryRoot, StringComparison.Ordinal)
            .Replace("dotnet run", "exec dotnet run", StringComparison.Ordinal);
        var start = new ProcessStartInfo(
            "bash", ["-e", "-c", $"{commands} --gateway-port {FreePort.Find()} --functions-port {functions.Port}"]) { WorkingDirectory = _folder };
        await using var system = ServerProcess.Launch(start, functions, BuildsAlone);
        await system.WaitUntilAnsweringAsync("/api/", Limit);
        await using var ann = await Person.JoinAsync(browser, functions, "Ann");
        await using var bob = await Person.JoinAsync(browser, functions, "Bob");
        await ann.SayAsync("hello");
        await bob.SeesAsync("hello");

        var edit = _document.Blocks("csharp").Select(block => block.Trim()).ToList();
        var file = Path.Combine(_folder, "serverless", "src", "Functions", "Chatting", "Chat.cs");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(edit[0], edit[1], StringComparison.Ordinal));

        // While the function app starts again nobody answers; the page says so, and what one says then is lost.
        var attempt = 0;
        while (await bob.Page.GetByText($"HELLO AGAIN {attempt}").CountAsync() == 0)
        {
            Assert.True(clock.Elapsed < Limit, $"The changed method does not answer within {Limit}:\n{system.Log}");
            await ann.TypeAsync($"hello again {++attempt}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        await ann.SeesConnectedAsync();
        Assert.Equal(0, await system.StopAsync());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // No build server outlives the test.
    private static Dictionary<string, string?> BuildsAlone { get; } = new() { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" };
}
