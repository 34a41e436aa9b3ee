using System.Diagnostics;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>The delivery checker finds seeded faults.</summary>
public sealed class DeliveryRecordTests
{
    private const int Count = 20;

    [Fact]
    public void All_is_well_when_everything_came_once_and_in_order() => Assert.Empty(Faults(Enumerable.Range(0, Count)));

    [Fact]
    public void Order_counts_for_the_messages_of_one_node_only() =>
        Assert.Empty(Faults([1, 0, .. Enumerable.Range(2, Count - 2)]));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(Count - 1)]
    public void A_lost_message_is_found(int lost) =>
        Assert.Contains("is lost", Assert.Single(Faults(Enumerable.Range(0, Count).Where(number => number != lost))), StringComparison.Ordinal);

    [Fact]
    public void A_gap_just_before_the_close_is_found() =>
        Assert.Contains("17 of b is lost", Faults(Enumerable.Range(0, Count).Where(number => number != 17), closedAfter: 18));

    [Fact]
    public void Nothing_is_missed_that_was_accepted_as_the_client_was_closed() =>
        Assert.Empty(Faults(Enumerable.Range(0, 18), closedAfter: 18));

    [Fact]
    public void A_repeated_message_is_found() => Assert.Contains("3 is repeated", Faults([0, 1, 2, 3, 3, .. Enumerable.Range(4, Count - 4)]));

    [Fact]
    public void Messages_out_of_order_are_found() =>
        Assert.Equal(["0 of a came behind 2"], Faults([2, 1, 0, .. Enumerable.Range(3, Count - 3)]));

    [Fact]
    public void Events_that_are_no_pair_are_found()
    {
        Assert.Empty(DeliveryRecord.UnpairedIn([("connected", "x"), ("connected", "y"), ("disconnected", "y"), ("disconnected", "x")]));
        Assert.Single(DeliveryRecord.UnpairedIn([("connected", "x")]));
        Assert.Single(DeliveryRecord.UnpairedIn([("connected", "x"), ("disconnected", "x"), ("disconnected", "x")]));
        Assert.Single(DeliveryRecord.UnpairedIn([("disconnected", "x")]));
    }

    // A message every 100 ms, from two nodes in turn, to a client that connected before.
    private static IReadOnlyList<string> Faults(IEnumerable<int> seen, int? closedAfter = null)
    {
        var record = new DeliveryRecord();
        var session = record.Open(0);
        foreach (var number in seen)
        {
            session.Seen.Enqueue(number);
        }

        for (var i = 0; i < Count; i++)
        {
            record.Accept(new AcceptedMessage(i, i % 2 == 0 ? "a" : "b", At(i), At(i)));
        }

        session.ClosedAt = closedAfter is { } last ? At(last) : long.MaxValue;
        return record.Faults();
    }

    private static long At(int number) => (number + 1) * Stopwatch.Frequency / 10;
}
