using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Support.Azurite;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Runs the store's tests on Azure Tables, as Azurite provides them, and tests failures of a remote store.</summary>
[Collection(SharedAzurite.Name)]
public sealed class TableUserGroupStoreTests : UserGroupStoreTests
{
    private readonly AzuriteServer _azurite;

    public TableUserGroupStoreTests(AzuriteFixture azurite)
    {
        ArgumentNullException.ThrowIfNull(azurite);
        _azurite = azurite.Server;
        Store = CreateStore("Shared" + TableUserGroupStore.TableName);
    }

    private protected override IUserGroupStore Store { get; }

    [Fact]
    public async Task A_table_that_does_not_exist_is_made_also_when_it_was_deleted_meanwhile()
    {
        var name = $"T{Guid.NewGuid():n}";
        var store = CreateStore(name);
        var hub = TestClients.Hub("chat");
        Assert.Empty(await store.GroupsOfAsync(hub, "u1", default));
        await new TableServiceClient(_azurite.ConnectionString).DeleteTableAsync(name);
        await store.AddAsync(hub, "u1", "g", new Membership(Time.GetUtcNow().AddDays(1), true), default);
        Assert.Equal(["g"], (await store.GroupsOfAsync(hub, "u1", default)).Keys);
    }

    [Fact]
    public async Task What_one_node_stores_another_finds()
    {
        var name = $"T{Guid.NewGuid():n}";
        await CreateStore(name).AddAsync(TestClients.Hub("chat"), "u1", "g", new Membership(Time.GetUtcNow().AddDays(1), true), default);
        Assert.Equal(["g"], (await CreateStore(name).GroupsOfAsync(TestClients.Hub("chat"), "u1", default)).Keys);
    }

    [Fact]
    public async Task A_user_may_be_in_more_groups_than_a_page_holds()
    {
        var name = $"T{Guid.NewGuid():n}";
        var client = new TableServiceClient(_azurite.ConnectionString).GetTableClient(name);
        var store = CreateStore(name);
        var hub = TestClients.Hub("chat");
        await store.AddAsync(hub, "u1", "first", new Membership(Time.GetUtcNow().AddDays(1), true), default);
        var model = await client.QueryAsync<TableEntity>(cancellationToken: default).FirstAsync();

        // 1,100 rows, in batches of a hundred: a page has at most 1,000.
        for (var batch = 0; batch < 11; batch++)
        {
            await client.SubmitTransactionAsync(Enumerable.Range(0, 100).Select(i => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity(model) { RowKey = $"row{batch}-{i}", ["Group"] = $"g{batch}-{i}" })));
        }

        Assert.Equal(1101, (await store.GroupsOfAsync(hub, "u1", default)).Count);
        Time.Advance(TimeSpan.FromDays(2));
        await store.DeleteExpiredAsync(default);
        Assert.Empty(await client.QueryAsync<TableEntity>(cancellationToken: default).ToListAsync());
    }

    [Fact]
    public async Task An_expired_row_that_is_added_anew_is_not_deleted()
    {
        var name = $"T{Guid.NewGuid():n}";
        var client = new TableServiceClient(_azurite.ConnectionString).GetTableClient(name);
        var store = CreateStore(name);
        var hub = TestClients.Hub("chat");
        await store.AddAsync(hub, "u1", "g", new Membership(Time.GetUtcNow().AddSeconds(1), true), default);
        var before = await client.QueryAsync<TableEntity>(cancellationToken: default).FirstAsync();
        await store.AddAsync(hub, "u1", "g", new Membership(Time.GetUtcNow().AddDays(1), true), default);

        // Another node that read the row before it was renewed deletes by the tag it has seen.
        var stale = await Assert.ThrowsAsync<Azure.RequestFailedException>(
            () => client.DeleteEntityAsync(before.PartitionKey, before.RowKey, before.ETag));
        Assert.Equal(412, stale.Status);
        Time.Advance(TimeSpan.FromSeconds(2));
        await store.DeleteExpiredAsync(default);
        Assert.Equal(["g"], (await store.GroupsOfAsync(hub, "u1", default)).Keys);
    }

    [Fact]
    public async Task A_wrong_key_is_named_and_not_repeated()
    {
        const string WrongKey = "d3Jvbmcga2V5d3Jvbmcga2V5d3Jvbmcga2V5d3Jvbmcga2V5";
        var connection = _azurite.ConnectionString.Replace(AzuriteServer.AccountKey, WrongKey, StringComparison.Ordinal);
        var store = CreateStore(TableUserGroupStore.TableName, connection);
        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await store.GroupsOfAsync(TestClients.Hub("chat"), "u1", default));
        Assert.Contains("403", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Gateway:Tables", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(WrongKey, exception.ToString(), StringComparison.Ordinal);
        Assert.Equal("Unavailable", store.State);
    }

    [Fact]
    public async Task A_store_that_is_away_fails_soon_and_is_found_again()
    {
        await using var own = await AzuriteServer.StartAsync();
        var store = CreateStore(TableUserGroupStore.TableName, own.ConnectionString);
        var hub = TestClients.Hub("chat");
        await store.AddAsync(hub, "u1", "g", new Membership(Time.GetUtcNow().AddDays(1), true), default);
        Assert.Equal("AzureTables", store.State);
        await own.StopAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.GroupsOfAsync(hub, "u1", default));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.AddAsync(hub, "u1", "h", default, default));
        Assert.Equal("Unavailable", store.State);
        await own.RestartAsync();
        Time.Advance(TimeSpan.FromSeconds(2)); // for a second the store is not called again
        Assert.Equal(["g"], (await store.GroupsOfAsync(hub, "u1", default)).Keys);
        Assert.Equal("AzureTables", store.State);
    }

    private TableUserGroupStore CreateStore(string table, string? connection = null)
    {
        var client = new TableServiceClient(connection ?? _azurite.ConnectionString, DurableTable.ClientOptions());
        return new TableUserGroupStore(new DurableTable(() => client, table, Time, NullLogger<DurableTable>.Instance), Time);
    }
}

/// <summary>Provides the Azurite that the storage tests share.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    internal AzuriteServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await AzuriteServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class SharedAzurite : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "the shared Azurite";
}
