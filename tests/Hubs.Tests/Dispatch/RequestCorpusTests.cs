using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Support;
using Serverless.Support.Processes;
using Serverless.Support.Time;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The corpus of upstream requests: header lines, an empty line, the body. Each is answered, and none is logged as an error of this library.</summary>
public class RequestCorpusTests
{
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "upstream");

    // The statuses of requests that the gateway could have sent at that time; any other request is refused.
    private static readonly Dictionary<string, int> Statuses = new()
    {
        ["call-json.txt"] = 200,
        ["call-messagepack.bin"] = 200,
        ["claims-forged.txt"] = 200,
        ["connected.txt"] = 200,
        ["disconnected-with-error.txt"] = 200,
        ["percent-broken.txt"] = 200,
        ["query-odd.txt"] = 200,
        ["raw-utf8.txt"] = 200,
        ["service-signature-many-parts.txt"] = 200,
        ["signed-call.txt"] = 200,
        ["signed-encoded.txt"] = 404,
        ["signed-event.txt"] = 200,
    };

    public static TheoryData<string> Files => new(Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_request_of_the_corpus_is_answered(string file)
    {
        var time = new FakeTime();
        time.Advance(DateTimeOffset.FromUnixTimeSeconds(1_804_000_000) - time.GetUtcNow());
        await using var host = new HubHost(hubs =>
        {
            hubs.Services.AddSingleton<TimeProvider>(time);
            hubs.AddHub<Chat>();
        });
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Folder, file));
        var end = bytes.AsSpan().IndexOf("\n\n"u8);
        var headers = Encoding.UTF8.GetString(bytes, 0, end).Split('\n').Select(line => line.Split(": ", 2))
            .ToDictionary(line => line[0], string? (line) => line[1], StringComparer.OrdinalIgnoreCase);

        var response = await host.Dispatcher.DispatchAsync(
            new UpstreamRequest(headers["Content-Type"], bytes.AsMemory(end + 2), headers.GetValueOrDefault));

        Assert.Equal(Statuses.GetValueOrDefault(file, 401), response.Status);
    }
}

internal sealed class Chat : Hub
{
    [HubMethodName("add")]
    public int Add(int a, int b) => a + b;
}
