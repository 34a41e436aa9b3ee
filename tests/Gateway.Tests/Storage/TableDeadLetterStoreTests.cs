using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Storage;
using Serverless.Support.Azurite;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Runs the tests of dead-letter stores on Azurite, also with the table unavailable.</summary>
[Collection(SharedAzurite.Name)]
public sealed class TableDeadLetterStoreTests : DeadLetterStoreTests
{
    private readonly FakeTime _time = new();

    public TableDeadLetterStoreTests(AzuriteFixture azurite)
    {
        ArgumentNullException.ThrowIfNull(azurite);
        Store = CreateStore(azurite.Server);
    }

    private protected override IDeadLetterStore Store { get; }

    [Fact]
    public async Task Letters_that_come_while_the_table_is_away_wait_and_are_stored_when_it_is_back()
    {
        await using var own = await AzuriteServer.StartAsync();
        var waiting = new InMemoryDeadLetterStore(NullLogger<InMemoryDeadLetterStore>.Instance);
        using var store = new DurableDeadLetterStore(CreateStore(own), waiting, _time, NullLogger<DurableDeadLetterStore>.Instance);
        await store.AddAsync(Letter("a", 1, 1), default);
        await own.StopAsync();
        await store.AddAsync(Letter("a", 2, 2), default);
        await store.MoveAsync();
        Assert.Equal(["a.2"], (await waiting.ListAsync(null, null, null, 10, default)).Select(letter => letter.EventId));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ListAsync(null, null, null, 10, default));

        await own.RestartAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await store.MoveAsync();
        Assert.Equal(["a.1", "a.2"], (await store.ListAsync(null, null, null, 10, default)).Select(letter => letter.EventId));
        Assert.Empty(await waiting.ListAsync(null, null, null, 10, default));
    }

    private TableDeadLetterStore CreateStore(AzuriteServer azurite)
    {
        var client = new TableServiceClient(azurite.ConnectionString, DurableTable.ClientOptions());
        return new TableDeadLetterStore(new DurableTable(() => client, TableDeadLetterStore.TableName, _time, NullLogger<DurableTable>.Instance));
    }
}
