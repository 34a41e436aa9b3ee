using Serverless.Gateway.Backplane.Redis.Streams;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Backplane.Streams;

public sealed class SeenPublisherTests
{
    private readonly FakeTime _time = new();
    private readonly SeenPublisher _publisher = new();
    private long _place;

    [Fact]
    public void The_first_number_is_whatever_it_is_and_repeats_are_dropped()
    {
        Assert.Equal([Reading.Next, Reading.Next, Reading.Repeat, Reading.Repeat, Reading.Next], Take(7, 8, 7, 8, 9));
    }

    [Fact]
    public void What_comes_too_early_is_read_again_when_the_missing_one_has_come()
    {
        Assert.Equal([Reading.Next, Reading.GapOpens, Reading.TooEarly, Reading.Next], Take(1, 3, 4, 2));
        Assert.Equal(new StreamId(1, 0), _publisher.Filled());
        Assert.Null(_publisher.Filled());
        Assert.Equal([Reading.Next, Reading.Next, Reading.Repeat], Take(3, 4, 2));
    }

    [Fact]
    public void What_is_missing_for_too_long_is_lost_and_counted()
    {
        Take(1, 5, 6);
        Assert.Null(_publisher.GiveUp(TimeSpan.FromSeconds(5), _time));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(new StreamId(1, 0), _publisher.GiveUp(TimeSpan.FromSeconds(5), _time));
        Assert.Equal(Reading.Next, _publisher.Take(5, StreamId.Zero, 0, out var lost));
        Assert.Equal(3, lost);
        Assert.Equal(Reading.Next, _publisher.Take(6, StreamId.Zero, 0, out lost));
        Assert.Equal(0, lost);
    }

    [Fact]
    public void After_a_loss_of_data_what_is_missing_is_lost_at_once_and_after_a_pause_nothing_is()
    {
        Take(1);
        _publisher.AllowJump();
        Assert.Equal(Reading.Next, _publisher.Take(4, StreamId.Zero, 0, out var lost));
        Assert.Equal(2, lost);
        _publisher.BeginAnew();
        Assert.Equal(Reading.Next, _publisher.Take(9, StreamId.Zero, 0, out lost));
        Assert.Equal(0, lost);
    }

    [Theory]
    [InlineData("1-2", 1, 2)]
    [InlineData("1700000000000-0", 1700000000000, 0)]
    [InlineData("", 0, 0)]
    [InlineData("12", 0, 0)]
    [InlineData("x-1", 0, 0)]
    public void Ids_are_read(string text, long milliseconds, long number) =>
        Assert.Equal(new StreamId(milliseconds, number), StreamId.Read(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Ids_have_an_order()
    {
        Assert.True(new StreamId(1, 9).IsBefore(new StreamId(2, 0)));
        Assert.True(new StreamId(2, 0).IsBefore(new StreamId(2, 1)));
        Assert.False(new StreamId(2, 1).IsBefore(new StreamId(2, 1)));
        Assert.Equal(StreamId.Zero, new StreamId(5, 3).Less(TimeSpan.FromSeconds(1)));
    }

    private Reading[] Take(params long[] numbers) => [.. numbers.Select(number => _publisher.Take(number, new StreamId(_place++, 0), _time.GetTimestamp(), out _))];
}
