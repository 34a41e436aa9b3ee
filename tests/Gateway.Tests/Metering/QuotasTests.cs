using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Tests.Connections;

namespace Serverless.Gateway.Tests.Metering;

public sealed class QuotasTests : IDisposable
{
    private static readonly HubName Chat = TestClients.Hub("chat");
    private static readonly HubName News = TestClients.Hub("news");

    private readonly TestClients _clients = new(); // 28 February 2027, 23:59:58.765

    private HubMeter Meter => _clients.Meters.Of(Chat);

    private static DateOnly Day => new(2027, 2, 28);

    public void Dispose() => _clients.Dispose();

    [Fact]
    public void Without_quotas_nobody_is_refused()
    {
        var quotas = Create(new QuotaOptions());
        Meter.Opened(ConnectionKind.Client);
        Meter.ToClients.Add(new Traffic(1, long.MaxValue / 2, 1));
        Assert.False(quotas.IsOn);
        Assert.False(quotas.Look());
        Assert.Null(quotas.Refusal(Chat));
        Assert.Empty(quotas.Utilization());
    }

    [Fact]
    public void A_hub_s_quota_of_connections_is_its_own_and_that_of_the_gateway_is_everybody_s()
    {
        var quotas = Create(new QuotaOptions { Connections = 3, Hubs = { new HubQuotaOptions { Hub = "Chat", Connections = 2 } } });
        Meter.Opened(ConnectionKind.Client);
        Assert.Null(quotas.Refusal(Chat));
        Meter.Opened(ConnectionKind.Diagnostic);
        Meter.Opened(ConnectionKind.LiveTrace);
        Assert.Equal("Connection count reaches limit", quotas.Refusal(Chat));
        Assert.Null(quotas.Refusal(News));
        Assert.Null(quotas.RefusalOfCounted(Chat));
        Meter.Opened(ConnectionKind.Client);
        Assert.Equal("Connection count reaches limit", quotas.RefusalOfCounted(Chat));
        Assert.Equal("Connection count reaches limit", quotas.Refusal(News));
        Assert.Equal([(null, 100.0), ("chat", 150.0)], quotas.Utilization());
        Meter.Closed(ConnectionKind.Client, CloseCategory.Throttled);
        Meter.Closed(ConnectionKind.Client, CloseCategory.Normal);
        Assert.Null(quotas.Refusal(Chat));
    }

    [Fact]
    public void The_messages_of_a_day_are_those_to_clients_and_upstreams_and_the_next_day_begins_anew()
    {
        var quotas = Create(new QuotaOptions { Hubs = { new HubQuotaOptions { Hub = "chat", MessagesPerDay = 10 } } });
        Meter.ToClients.Add(new Traffic(1, 6, 1));
        Meter.ToUpstreams.Add(new Traffic(1, 3, 1));
        Assert.False(quotas.Look());
        Meter.ToUpstreams.Add(new Traffic(1, 1, 1));
        Assert.Null(quotas.Refusal(Chat));
        Assert.True(quotas.Look());
        Assert.Equal("Message count reaches limit", quotas.Refusal(Chat));
        Assert.Null(quotas.Refusal(News));
        _clients.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(quotas.Look());
        Assert.Null(quotas.Refusal(Chat));
        Meter.ToClients.Add(new Traffic(1, 10, 1));
        Assert.True(quotas.Look());
    }

    [Fact]
    public void What_viewers_are_sent_uses_up_nobody_s_messages()
    {
        var quotas = Create(new QuotaOptions { MessagesPerDay = 5 });
        _clients.Meters.Of(HubName.Gateway).ToClients.Add(new Traffic(100, 100, 1));
        Assert.False(quotas.Look());
        Meter.ToClients.Add(new Traffic(5, 5, 1));
        Assert.True(quotas.Look());
    }

    [Fact]
    public void What_other_nodes_have_counts_too_and_their_messages_only_on_their_day()
    {
        var quotas = Create(new QuotaOptions { MessagesPerDay = 10, Hubs = { new HubQuotaOptions { Hub = "chat", Connections = 2 } } });
        Meter.ToClients.Add(new Traffic(1, 4, 1));
        Meter.Opened(ConnectionKind.Client);
        quotas.Observe(Day, new Dictionary<string, UsedElsewhere> { ["chat"] = new(5, 1), ["news"] = new(1, 7) });
        Assert.True(quotas.Look());
        Assert.Equal("Message count reaches limit", quotas.Refusal(News));
        _clients.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(quotas.Look());
        Assert.Null(quotas.Refusal(News));
        Assert.Equal("Connection count reaches limit", quotas.Refusal(Chat));
        quotas.Observe(Day.AddDays(1), new Dictionary<string, UsedElsewhere> { ["chat"] = new(0, 0) });
        Assert.Null(quotas.Refusal(Chat));
    }

    [Fact]
    public void When_a_hub_s_messages_are_used_up_its_clients_are_closed_and_those_of_others_stay()
    {
        var quotas = Create(new QuotaOptions { Hubs = { new HubQuotaOptions { Hub = "chat", MessagesPerDay = 1 } } });
        var table = new ConnectionTable(NodeId.Create(), _clients.Time);
        var client = _clients.Create();
        table.Opened(client.Connection);
        using var enforcer = new QuotaEnforcer(table, quotas, _clients.Time);
        enforcer.Tick();
        Assert.False(client.Connection.IsClosing);
        Meter.ToClients.Add(new Traffic(1, 1, 1));
        enforcer.Tick();
        Assert.Equal(CloseReason.QuotaReached, client.Connection.CloseReason);
        Assert.Equal("""{"type":7,"error":"Message count reaches limit"}␞|""", client.Text);
    }

    [Theory]
    [InlineData(0, null, "chat", "Gateway:Quotas:Connections")]
    [InlineData(1, 0L, "chat", "Gateway:Quotas:MessagesPerDay")]
    [InlineData(1, 1L, "", "Gateway:Quotas:Hubs:0:Hub")]
    [InlineData(1, 1L, "a b", "Gateway:Quotas:Hubs:0:Hub")]
    public void A_wrong_quota_is_named(int connections, long? messages, string hub, string key)
    {
        var options = new QuotaOptions { Connections = connections, MessagesPerDay = messages, Hubs = { new HubQuotaOptions { Hub = hub } } };
        Assert.StartsWith(key + " ", Assert.Single(new QuotaOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hub_may_have_its_quotas_once()
    {
        var options = new QuotaOptions { Hubs = { new HubQuotaOptions { Hub = "chat" }, new HubQuotaOptions { Hub = "Chat" } } };
        Assert.StartsWith("Gateway:Quotas:Hubs:1:Hub ", Assert.Single(new QuotaOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
    }

    private Quotas Create(QuotaOptions options) =>
        new(_clients.Meters, Options.Create(options), _clients.Time, NullLogger<Quotas>.Instance);
}
