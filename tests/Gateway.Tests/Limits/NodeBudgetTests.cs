using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Tests.Limits;

public class NodeBudgetTests
{
    private const long Gibibyte = 1L << 30;

    [Theory]
    [InlineData(600)]
    [InlineData(1024)]
    [InlineData(20_000)]
    [InlineData(DescriptorLimit.Unlimited)]
    public void Every_descriptor_belongs_to_one_share(int descriptors)
    {
        var budget = NodeBudget.Of(descriptors, Gibibyte);

        Assert.Equal(descriptors, budget.Sockets + budget.Upstream + NodeBudget.RuntimeDescriptors + NodeBudget.ServiceDescriptors);
        Assert.True(budget.Clients > descriptors / 4);
        Assert.Equal(2 * budget.UpstreamPerHost, budget.Upstream);
        Assert.Equal(Gibibyte / 4, budget.QueuedBytes);
    }

    [Fact]
    public void Connections_to_upstreams_are_taken_from_the_clients()
    {
        var usual = NodeBudget.Of(20_000, Gibibyte);
        var many = NodeBudget.Of(20_000, Gibibyte, upstreamPerHost: 4_000);

        Assert.Equal(usual.Clients - (8_000 - usual.Upstream), many.Clients);
        Assert.Equal(8_000, many.Upstream);
    }

    [Fact]
    public void Configured_values_hold_within_what_the_limit_allows()
    {
        var budget = NodeBudget.Of(1024, Gibibyte, clients: 100, upstreamPerHost: 8, queuedBytes: 5_000_000);

        Assert.Equal((100, 8, 5_000_000), (budget.Clients, budget.UpstreamPerHost, budget.QueuedBytes));
        Assert.Equal(NodeBudget.Of(1024, Gibibyte).Clients, NodeBudget.Of(1024, Gibibyte, clients: 5_000).Clients);
    }

    [Theory]
    [InlineData(1, 0, 1, 1)]
    [InlineData(8, 4, 8, 2)]
    [InlineData(1024, 512, 1024, 100)]
    public void Streams_have_half_of_the_connections_to_upstreams_and_a_user_half_of_a_hosts(int perHost, int streamsPerHost, int streams, int perUser)
    {
        var budget = NodeBudget.Of(20_000, Gibibyte, upstreamPerHost: perHost);

        Assert.Equal((streamsPerHost, streams, perUser), (budget.StreamsPerHost, budget.Streams, budget.StreamsPerUser));
    }

    [Fact]
    public void A_limit_that_is_too_small_still_leaves_one_client() => Assert.Equal(1, NodeBudget.Of(64, Gibibyte).Clients);

    [Fact]
    public void The_soft_descriptor_limit_is_raised_to_the_hard_one() =>
        Assert.InRange(DescriptorLimit.Raise(), 256, DescriptorLimit.Unlimited);

    [Fact]
    public void Validation_names_the_descriptor_limit_and_what_it_allows()
    {
        var most = NodeBudget.MaxClients(DescriptorLimit.Raise());
        var validator = new LimitOptionsValidator();

        Assert.True(validator.Validate(null, new ClientLimitOptions { MaxConnections = most }).Succeeded);
        var refused = validator.Validate(null, new ClientLimitOptions { MaxConnections = most + 1 });
        Assert.Contains($"Write a number from 1 to {most}", refused.FailureMessage, StringComparison.Ordinal);
        Assert.True(validator.Validate(null, new ClientLimitOptions { MaxConnections = 0 }).Failed);
        Assert.True(validator.Validate(null, new UpstreamLimitOptions { MaxConnections = 0 }).Failed);
        Assert.True(validator.Validate(null, new LimitOptions { MaxQueuedBytes = 1000 }).Failed);
    }

    [Fact]
    public void Held_bytes_are_tight_from_half_of_the_bound_and_full_at_the_whole()
    {
        var bytes = new QueuedBytes(NodeBudget.Of(1024, Gibibyte, queuedBytes: 2_000_000));

        bytes.Add(999_999);
        Assert.False(bytes.IsTight);
        bytes.Add(1);
        Assert.True(bytes is { IsTight: true, IsFull: false });
        bytes.Add(1_000_000);
        Assert.True(bytes.IsFull);
        bytes.Remove(2_000_000);
        Assert.Equal((0L, false), (bytes.Held, bytes.IsTight));
    }
}
