using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Routing;

/// <summary>Tests stored membership and live connections together, on two nodes with one store.</summary>
public sealed class UserGroupsTests : IDisposable
{
    private static readonly HubName Hub = TestClients.Hub("chat");

    private readonly TestClients _clients = new();
    private readonly HookedStore _store;
    private readonly Node _here;
    private readonly Node _there;

    public UserGroupsTests()
    {
        _store = new HookedStore(new InMemoryUserGroupStore(_clients.Time));
        _here = new Node(_store, _clients);
        _there = new Node(_store, _clients);
    }

    public void Dispose() => _clients.Dispose();

    [Fact]
    public async Task A_membership_ends_for_a_node_s_connections_also_when_another_has_cleaned_it_up()
    {
        await AddAsync(_here, "g", 10);
        var client = await _there.ConnectAsync("u1");
        Assert.True(client.Groups.Contains("g"));
        _clients.Time.Advance(TimeSpan.FromSeconds(10));
        await _here.UserGroups.CleanUpAsync(default);
        Assert.True(client.Groups.Contains("g"));
        await _there.UserGroups.ExpireAsync(default);
        Assert.False(client.Groups.Contains("g"));
    }

    [Fact]
    public async Task A_membership_that_another_node_has_prolonged_goes_on_to_its_new_end()
    {
        await AddAsync(_here, "g", 10);
        var client = await _here.ConnectAsync("u1");
        await AddAsync(_there, "g", 30);
        await ExpireAfterAsync(10);
        Assert.True(client.Groups.Contains("g"));
        await ExpireAfterAsync(20);
        Assert.False(client.Groups.Contains("g"));
    }

    [Fact]
    public async Task A_membership_that_is_added_anew_while_it_ends_stays()
    {
        var client = await _here.ConnectAsync("u1");
        await AddAsync(_here, "g", 10);
        _clients.Time.Advance(TimeSpan.FromSeconds(10));
        _store.AfterRead = async () =>
        {
            _store.AfterRead = null;
            await AddAsync(_here, "g", 10);
        };
        await _here.UserGroups.ExpireAsync(default);
        Assert.Null(_store.AfterRead);
        Assert.True(client.Groups.Contains("g"));
        await ExpireAfterAsync(10);
        Assert.False(client.Groups.Contains("g"));
    }

    [Fact]
    public async Task The_end_of_a_membership_that_was_removed_before_ends_nothing()
    {
        var client = await _here.ConnectAsync("u1");
        await AddAsync(_here, "a", 10);
        await AddAsync(_here, "b", 10);
        await _here.UserGroups.RemoveAsync(Hub, "u1", "a", default);
        await _here.UserGroups.RemoveFromAllAsync(Hub, "u1", default);
        _here.Table.Hub(Hub).AddToGroup(client, "a"); // by its connection id
        _here.Table.Hub(Hub).AddToGroup(client, "b");
        await ExpireAfterAsync(10);
        Assert.Equal(["a", "b"], client.Groups.Names().Order());
    }

    [Fact]
    public async Task A_membership_ends_in_time_while_the_store_is_away()
    {
        var client = await _here.ConnectAsync("u1");
        await AddAsync(_here, "g", 10);
        _store.IsAway = true;
        await ExpireAfterAsync(9);
        Assert.True(client.Groups.Contains("g"));
        await ExpireAfterAsync(1);
        Assert.False(client.Groups.Contains("g"));
    }

    [Fact]
    public async Task Adding_while_the_store_is_away_joins_nobody()
    {
        var client = await _here.ConnectAsync("u1");
        _store.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => AddAsync(_here, "g", 10));
        Assert.Empty(client.Groups.Names());

        // A membership that is not stored does not need the store.
        await AddAsync(_here, "now", 0);
        Assert.Equal(["now"], client.Groups.Names());
    }

    [Fact]
    public async Task Who_comes_while_the_store_is_away_is_let_in_at_once_and_joins_when_it_is_back()
    {
        await AddAsync(_here, "g", 100);
        _store.IsAway = true;
        var client = _here.Open("u1");
        await _here.UserGroups.JoinStoredAsync(client).AsTask().WaitAsync(Waits.Limit); // the clock stands still
        Assert.Empty(client.Groups.Names());

        _store.IsAway = false;
        await Waits.UntilAsync(
            () =>
            {
                _clients.Time.Advance(TimeSpan.FromSeconds(1));
                return client.Groups.Contains("g");
            },
            "it has joined");
    }

    [Fact]
    public async Task Who_comes_while_the_store_is_slow_is_let_in_after_two_seconds_and_joins_when_it_answers()
    {
        await AddAsync(_here, "g", 100);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.AfterRead = () => answer.Task;
        var client = _here.Open("u1");
        var joined = _here.UserGroups.JoinStoredAsync(client).AsTask();
        _clients.Time.Advance(UserGroups.MaxJoin - TimeSpan.FromMilliseconds(1));
        Assert.False(joined.IsCompleted);
        _clients.Time.Advance(TimeSpan.FromMilliseconds(1));
        await joined.WaitAsync(Waits.Limit);
        Assert.Empty(client.Groups.Names());
        answer.SetResult();
        await Waits.UntilAsync(() => client.Groups.Contains("g"), "it has joined");
    }

    [Fact]
    public async Task Who_has_gone_while_the_store_was_away_is_not_looked_after_any_more()
    {
        _store.IsAway = true;
        var client = _here.Open("u1");
        _ = _here.UserGroups.JoinStoredAsync(client).AsTask();
        await Waits.UntilAsync(Retried, "it is tried again");
        client.Abort(CloseReason.TransportLost, "gone");
        _clients.Time.Advance(TimeSpan.FromSeconds(60));

        // The work that was under way has ended: continuations run within Advance.
        var reads = _store.Reads;
        _clients.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(reads, _store.Reads);

        bool Retried()
        {
            _clients.Time.Advance(TimeSpan.FromSeconds(1));
            return _store.Reads >= 3;
        }
    }

    [Fact]
    public async Task A_removal_between_reading_and_joining_counts()
    {
        await AddAsync(_here, "stays", 10);
        await AddAsync(_here, "goes", 10);
        _store.AfterRead = async () =>
        {
            _store.AfterRead = null;
            await _there.UserGroups.RemoveAsync(Hub, "u1", "goes", default);
        };
        var client = await _here.ConnectAsync("u1");
        Assert.Equal(["stays"], client.Groups.Names());
    }

    private async Task ExpireAfterAsync(int seconds)
    {
        _clients.Time.Advance(TimeSpan.FromSeconds(seconds));
        await _here.UserGroups.ExpireAsync(default);
    }

    private static Task AddAsync(Node node, string group, int seconds) =>
        node.UserGroups.AddAsync(Hub, "u1", group, TimeSpan.FromSeconds(seconds), default).AsTask();

    /// <summary>Represents the parts of a gateway that the tests need.</summary>
    private sealed class Node
    {
        private readonly TestClients _clients;

        public Node(IUserGroupStore store, TestClients clients)
        {
            _clients = clients;
            Table = new ConnectionTable(NodeId.Create(), clients.Time);
            var trace = new LiveTrace(new ThisNode(Table.Node), clients.Time, new SecretMask([]));
            var router = new Router(new LocalRouter(Table, new FanOutGate(clients.Workers), trace), new LoneBackplane(), trace);
            UserGroups = new UserGroups(store, new UserGroupSchedule(), Table, router, clients.Time, NullLogger<UserGroups>.Instance);
        }

        public ConnectionTable Table { get; }

        public UserGroups UserGroups { get; }

        public ClientConnection Open(string user)
        {
            var connection = _clients.Create(user).Connection;
            Table.Hub(Hub).Add(connection);
            return connection;
        }

        public async Task<ClientConnection> ConnectAsync(string user)
        {
            var connection = Open(user);
            await UserGroups.JoinStoredAsync(connection);
            return connection;
        }
    }

    /// <summary>Represents a store that can be made unreachable, and that runs an action after a read.</summary>
    private sealed class HookedStore(InMemoryUserGroupStore inner) : IUserGroupStore
    {
        private int _reads;

        public bool IsAway { get; set; }

        public Func<Task>? AfterRead { get; set; }

        public int Reads => _reads;

        public StoreKind Kind => inner.Kind;

        public string State => inner.State;

        public TimeSpan CleanUpInterval => inner.CleanUpInterval;

        public ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation)
        {
            ThrowIfAway();
            return inner.AddAsync(hub, user, group, membership, cancellation);
        }

        public ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation)
        {
            ThrowIfAway();
            return inner.RemoveAsync(hub, user, group, cancellation);
        }

        public ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation)
        {
            ThrowIfAway();
            return inner.RemoveAllAsync(hub, user, cancellation);
        }

        public async ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _reads);
            ThrowIfAway();
            var groups = await inner.GroupsOfAsync(hub, user, cancellation);
            if (AfterRead is { } afterRead)
            {
                await afterRead();
            }

            return groups;
        }

        public ValueTask DeleteExpiredAsync(CancellationToken cancellation) => inner.DeleteExpiredAsync(cancellation);

        public ValueTask ProbeAsync(CancellationToken cancellation)
        {
            ThrowIfAway();
            return inner.ProbeAsync(cancellation);
        }

        private void ThrowIfAway()
        {
            if (IsAway)
            {
                throw new StoreUnavailableException("away");
            }
        }
    }
}
