namespace Serverless.Load.Tests;

/// <summary>Quantiles come from buckets, so their error is at most the width of a bucket.</summary>
public sealed class HistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(1_000)]
    [InlineData(123_456)]
    [InlineData(60_000_000)]
    public void A_single_value_comes_back_within_three_percent(long value)
    {
        var histogram = new Histogram();
        histogram.Add(value);

        Assert.InRange(histogram.Quantile(0.5), value * 0.97, value * 1.03);
    }

    [Fact]
    public void Quantiles_are_taken_by_rank()
    {
        var histogram = new Histogram();
        for (var value = 1; value <= 1000; value++)
        {
            histogram.Add(value);
        }

        Assert.InRange(histogram.Quantile(0.5), 485, 515);
        Assert.InRange(histogram.Quantile(0.99), 960, 1020);
        histogram.Clear();
        Assert.Equal(0, histogram.Quantile(0.5));
    }
}
