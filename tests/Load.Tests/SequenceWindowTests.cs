namespace Serverless.Load.Tests;

/// <summary>Lost, duplicated and late messages are distinguished; a benchmark that cannot detect them proves nothing.</summary>
public sealed class SequenceWindowTests
{
    [Theory]
    [InlineData("0 1 2 3", 0, 0, 0)]
    [InlineData("0 1 3", 1, 0, 0)]
    [InlineData("2 3", 2, 0, 0)]
    [InlineData("0 0 1", 0, 1, 0)]
    [InlineData("0 1 0", 0, 1, 0)]
    [InlineData("0 2 1 3", 0, 0, 1)]
    [InlineData("0 3 2 1 4", 0, 0, 2)]
    [InlineData("0 2 1 1", 0, 1, 1)]
    [InlineData("0 100 101", 99, 0, 0)]
    [InlineData("0 63 1", 61, 0, 1)]
    [InlineData("0 64 1", 62, 0, 1)]
    [InlineData("0 66 1", 65, 1, 0)]
    public void Faults_are_counted_by_kind(string arrivals, long missing, long duplicated, long outOfOrder)
    {
        var window = default(SequenceWindow);
        var faults = default(DeliveryFaults);
        foreach (var number in arrivals.Split(' '))
        {
            window.Receive(uint.Parse(number), ref faults);
        }

        Assert.Equal(new DeliveryFaults { Missing = missing, Duplicated = duplicated, OutOfOrder = outOfOrder }, faults);
    }

    [Fact]
    public void A_message_counts_as_delivered_once()
    {
        var window = default(SequenceWindow);
        var faults = default(DeliveryFaults);

        Assert.True(window.Receive(0, ref faults));
        Assert.False(window.Receive(0, ref faults));
        Assert.True(window.Receive(2, ref faults));
        Assert.True(window.Receive(1, ref faults));
        Assert.Equal(3u, window.Next);
    }
}
