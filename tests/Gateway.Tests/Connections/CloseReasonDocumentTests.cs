using Serverless.Gateway.Connections.Lifetime;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Compares the table of close reasons in docs/reference/close-reasons.md with the code.</summary>
public sealed class CloseReasonDocumentTests
{
    private static readonly CloseReason[] WithoutMessage =
        [CloseReason.ClosedByClient, CloseReason.TransportLost, CloseReason.HandshakeFailed, CloseReason.InternalError];

    [Fact]
    public void Every_close_reason_is_documented_with_whether_the_client_may_reconnect()
    {
        var documented = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "reference", "close-reasons.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())
            .Select(cells => $"{cells[1].Trim('`')} {cells[3]}");
        var actual = Enum.GetValues<CloseReason>()
            .Where(reason => reason != CloseReason.None)
            .Select(reason => $"{reason} {(WithoutMessage.Contains(reason) ? "no message" : reason.AllowsReconnect() ? "yes" : "no")}");
        Assert.Equal(actual.Order(), documented.Order());
    }

    [Theory]
    [InlineData(CloseReason.MessageTooLarge, true)]
    [InlineData(CloseReason.BadRequest, true)]
    [InlineData(CloseReason.UpstreamFailed, true)]
    [InlineData(CloseReason.RefusedByUpstream, false)]
    [InlineData(CloseReason.QuotaReached, false)]
    internal void A_close_that_a_reconnect_heals_allows_it(CloseReason reason, bool isAllowed) => Assert.Equal(isAllowed, reason.AllowsReconnect());
}
