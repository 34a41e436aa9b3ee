using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage;

public class InMemoryUserGroupStoreTests
{
    private readonly FakeTime _time = new();
    private readonly InMemoryUserGroupStore _store;

    public InMemoryUserGroupStoreTests() => _store = new InMemoryUserGroupStore(_time);

    [Fact]
    public async Task Memberships_end_at_their_time_and_are_taken_once()
    {
        await AddAsync("u1", "short", 10);
        await AddAsync("u1", "long", 20);
        await AddAsync("u2", "short", 10);
        Assert.Equal(["long", "short"], await GroupsAsync("u1"));
        Assert.Empty(await _store.TakeExpiredAsync(default));

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["long"], await GroupsAsync("u1"));
        Assert.Equal(["u1", "u2"], (await _store.TakeExpiredAsync(default)).Select(expired => expired.User).Order());
        Assert.Empty(await _store.TakeExpiredAsync(default));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new UserGroup(TestClients.Hub("chat"), "u1", "long"), Assert.Single(await _store.TakeExpiredAsync(default)));
    }

    [Fact]
    public async Task Adding_again_replaces_the_time_to_a_later_or_an_earlier_one()
    {
        await AddAsync("u1", "g", 10);
        await AddAsync("u1", "g", 30);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(await _store.TakeExpiredAsync(default));
        Assert.Equal(["g"], await GroupsAsync("u1"));
        await AddAsync("u1", "g", 5);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Single(await _store.TakeExpiredAsync(default));
    }

    [Fact]
    public async Task Users_groups_and_hubs_are_told_apart_by_every_character()
    {
        await AddAsync("u1", "g", 10);
        Assert.Empty(await GroupsAsync("U1"));
        Assert.Empty(await _store.GroupsOfAsync(TestClients.Hub("other"), "u1", default));
        await _store.RemoveAsync(TestClients.Hub("chat"), "u1", "G", default);
        Assert.Equal(["g"], await GroupsAsync("u1"));
        await _store.RemoveAsync(TestClients.Hub("chat"), "u1", "g", default);
        Assert.Empty(await GroupsAsync("u1"));
        await AddAsync("u1", "a", 10);
        await AddAsync("u1", "b", 10);
        await _store.RemoveAllAsync(TestClients.Hub("chat"), "u1", default);
        Assert.Empty(await GroupsAsync("u1"));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(await _store.TakeExpiredAsync(default));
    }

    private ValueTask AddAsync(string user, string group, int seconds) =>
        _store.AddAsync(TestClients.Hub("chat"), user, group, _time.GetUtcNow().AddSeconds(seconds), default);

    private async Task<IEnumerable<string>> GroupsAsync(string user) => (await _store.GroupsOfAsync(TestClients.Hub("chat"), user, default)).Order();
}
