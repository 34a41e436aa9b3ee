using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Tests the behaviour of every store of memberships.</summary>
public abstract class UserGroupStoreTests
{
    // Each test has a hub of its own, because tests may share a table.
    private readonly string _hub = $"hub{Guid.NewGuid():n}";

    private protected FakeTime Time { get; } = new();

    private protected abstract IUserGroupStore Store { get; }

    [Fact]
    public async Task Memberships_end_at_their_time()
    {
        await AddAsync("u1", "short", 10);
        await AddAsync("u1", "long", 20);
        await AddAsync("u2", "short", 10);
        Assert.Equal(["long", "short"], await GroupsAsync("u1"));

        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["long"], await GroupsAsync("u1"));
        await Store.DeleteExpiredAsync(default);
        Assert.Equal(["long"], await GroupsAsync("u1"));
        Assert.Empty(await GroupsAsync("u2"));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(await GroupsAsync("u1"));
    }

    [Fact]
    public async Task Adding_again_replaces_the_time_to_a_later_or_an_earlier_one()
    {
        await AddAsync("u1", "g", 10);
        await AddAsync("u1", "g", 30);
        Time.Advance(TimeSpan.FromSeconds(11));
        await Store.DeleteExpiredAsync(default);
        Assert.Equal(["g"], await GroupsAsync("u1"));
        await AddAsync("u1", "g", 5);
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty(await GroupsAsync("u1"));
    }

    [Fact]
    public async Task The_end_of_each_membership_is_told()
    {
        var end = Time.GetUtcNow().AddSeconds(10);
        await AddAsync("u1", "g", 10);
        Assert.Equal(end, (await Store.GroupsOfAsync(TestClients.Hub(_hub), "u1", default))["g"], TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task Users_groups_and_hubs_are_told_apart_by_every_character()
    {
        await AddAsync("u1", "g", 10);
        Assert.Empty(await GroupsAsync("U1"));
        Assert.Empty(await Store.GroupsOfAsync(TestClients.Hub("other"), "u1", default));
        await Store.RemoveAsync(TestClients.Hub(_hub), "u1", "G", default);
        Assert.Equal(["g"], await GroupsAsync("u1"));
        await Store.RemoveAsync(TestClients.Hub(_hub), "u1", "g", default);
        Assert.Empty(await GroupsAsync("u1"));
        await Store.RemoveAsync(TestClients.Hub(_hub), "u1", "g", default); // removing it again is not an error
        await AddAsync("u1", "a", 10);
        await AddAsync("u1", "b", 10);
        await AddAsync("u2", "b", 10);
        await Store.RemoveAllAsync(TestClients.Hub(_hub), "u1", default);
        Assert.Empty(await GroupsAsync("u1"));
        Assert.Equal(["b"], await GroupsAsync("u2"));
    }

    [Theory]
    [InlineData("/\\#?%\t", "a/b\\c#d?e%2F+ f")]
    [InlineData("日本語", "🙂")]
    [InlineData("'; drop", "' or PartitionKey ne '")]
    public async Task Names_may_hold_anything(string user, string group)
    {
        await AddAsync(user, group, 10);
        Assert.Equal([group], await GroupsAsync(user));
        await Store.RemoveAsync(TestClients.Hub(_hub), user, group, default);
        Assert.Empty(await GroupsAsync(user));
    }

    [Fact]
    public async Task Of_memberships_without_a_time_to_live_the_latest_hundred_are_kept()
    {
        await AddAsync("u1", "timed", 1000);
        for (var i = 0; i < 102; i++)
        {
            await AddAsync("u1", $"g{i}", 1000, hasTimeToLive: false);
            Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await AddAsync("u1", "g2", 1000, hasTimeToLive: false); // added again: it is no longer one of the oldest
        await AddAsync("u1", "g102", 1000, hasTimeToLive: false);
        var kept = (await GroupsAsync("u1")).ToList();
        Assert.Equal(101, kept.Count);
        Assert.Contains("timed", kept);
        Assert.Contains("g2", kept);
        Assert.DoesNotContain("g0", kept);
        Assert.DoesNotContain("g1", kept);
        Assert.DoesNotContain("g3", kept);
    }

    [Fact]
    public async Task Many_changes_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AddAsync("u1", $"g{i}", 1000)));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.RemoveAsync(TestClients.Hub(_hub), "u1", $"g{i}", default).AsTask()));
        Assert.Equal(Enumerable.Range(20, 20).Select(i => $"g{i}").Order(), await GroupsAsync("u1"));
    }

    private protected Task AddAsync(string user, string group, int seconds, bool hasTimeToLive = true) => Store.AddAsync(
        TestClients.Hub(_hub), user, group, new Membership(Time.GetUtcNow().AddSeconds(seconds), hasTimeToLive), default).AsTask();

    private protected async Task<IEnumerable<string>> GroupsAsync(string user) =>
        (await Store.GroupsOfAsync(TestClients.Hub(_hub), user, default)).Keys.Order();
}

public sealed class InMemoryUserGroupStoreTests : UserGroupStoreTests
{
    public InMemoryUserGroupStoreTests() => Store = new InMemoryUserGroupStore(Time);

    private protected override IUserGroupStore Store { get; }
}
