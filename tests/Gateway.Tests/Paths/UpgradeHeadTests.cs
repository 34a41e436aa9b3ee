using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Paths;

/// <summary>
/// The WebSocket front reads only the first bytes of a connection. The same head as a second request is therefore answered by Kestrel, and
/// the front must give the same answer.
/// </summary>
public sealed class UpgradeHeadTests(RecordingGateway gateway) : IClassFixture<RecordingGateway>
{
    private const string Probe = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    public static TheoryData<string> Heads =>
        [.. Directory.EnumerateFiles(Folder, "*.http").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "heads");

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_head_has_the_same_answer_at_the_front_and_from_kestrel(string head)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Folder, head + ".http"));
        var kestrel = await StatusAsync(bytes, probesFirst: true);
        Assert.Equal(kestrel, await StatusAsync(bytes, probesFirst: false));
    }

    [Theory]
    [InlineData("plain", 101)]
    [InlineData("no-slash", 101)]
    [InlineData("connection-list", 101)]
    [InlineData("host-twice", 400)]
    [InlineData("host-empty-then-host", 400)]
    [InlineData("host-then-empty", 400)]
    [InlineData("nul-in-value", 400)]
    [InlineData("cr-in-value", 400)]
    [InlineData("lf-only-lines", 400)]
    [InlineData("lf-after-host", 400)]
    [InlineData("lf-lf-at-end", 400)]
    [InlineData("folded-value", 400)]
    [InlineData("space-before-colon", 400)]
    public async Task What_kestrel_refuses_is_refused(string head, int status) =>
        Assert.Equal(status, await StatusAsync(await File.ReadAllBytesAsync(Path.Combine(Folder, head + ".http")), probesFirst: false));

    // Returns the status, or zero if the connection ends without one or the head is treated as incomplete.
    private async Task<int> StatusAsync(byte[] head, bool probesFirst)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        if (probesFirst)
        {
            await connection.WriteAsync(Probe);
            Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
        }

        await connection.WriteAsync(head);
        if (!head.AsSpan().ContainsAny("\n"u8))
        {
            return 0;
        }

        return await connection.TryReadAsync("HTTP/1.1 200".Length) is { } start ? int.Parse(Encoding.ASCII.GetString(start.Span[9..])) : 0;
    }
}
