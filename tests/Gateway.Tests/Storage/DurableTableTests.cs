using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Access;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Azurite;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Tests the requests to Azure Tables, and changes between them.</summary>
[Collection(SharedAzurite.Name)]
public sealed class DurableTableTests
{
    private readonly FakeTime _time = new();
    private readonly AzuriteServer _azurite;
    private readonly string _table = $"T{Guid.NewGuid():n}";

    public DurableTableTests(AzuriteFixture azurite)
    {
        ArgumentNullException.ThrowIfNull(azurite);
        _azurite = azurite.Server;
    }

    [Fact]
    public async Task A_membership_that_is_added_anew_while_it_is_cleaned_up_stays()
    {
        var other = CreateStore();
        await AddAsync(other, "g", 1);
        _time.Advance(TimeSpan.FromSeconds(2));

        // Between reading the row and deleting it.
        var deletions = 0;
        using var hook = new RequestHook(async request =>
        {
            if (request.Method == HttpMethod.Delete && deletions++ == 0)
            {
                await AddAsync(other, "g", 60);
            }

            return null;
        });
        await CreateStore(hook.Options()).DeleteExpiredAsync(default);
        Assert.Equal(1, deletions);
        Assert.Equal(["g"], await GroupsAsync(other));
    }

    [Fact]
    public async Task The_oldest_membership_is_not_dropped_when_it_is_added_anew_meanwhile()
    {
        var other = CreateStore();
        for (var i = 0; i < IUserGroupStore.MaxWithoutTimeToLive; i++)
        {
            await AddAsync(other, string.Create(CultureInfo.InvariantCulture, $"g{i}"), 1000, hasTimeToLive: false);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var deletions = 0;
        using var hook = new RequestHook(async request =>
        {
            if (request.Method == HttpMethod.Delete && deletions++ == 0)
            {
                await AddAsync(CreateStore(), "g0", 1000);
            }

            return null;
        });
        await AddAsync(CreateStore(hook.Options()), "one more", 1000, hasTimeToLive: false);
        Assert.Equal(1, deletions);
        var groups = await GroupsAsync(other);
        Assert.Contains("g0", groups);
        Assert.Contains("one more", groups);
    }

    [Fact]
    public async Task Cleaning_up_a_large_table_may_take_longer_than_one_operation()
    {
        var store = CreateStore();
        await AddAsync(store, "first", 1);
        var client = new TableServiceClient(_azurite.ConnectionString).GetTableClient(_table);
        var model = await client.QueryAsync<TableEntity>(cancellationToken: default).FirstAsync();
        for (var batch = 0; batch < 3; batch++)
        {
            await client.SubmitTransactionAsync(Enumerable.Range(0, 100).Select(i => new TableTransactionAction(
                TableTransactionActionType.Add, new TableEntity(model) { RowKey = $"row{batch}-{i}" })));
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        var pages = 0;
        using var hook = new RequestHook(request =>
        {
            if (request.Method == HttpMethod.Get)
            {
                pages++;
                _time.Advance(DurableTable.Timeout - TimeSpan.FromSeconds(1));
            }

            return Task.FromResult<HttpResponseMessage?>(null);
        });
        var slow = CreateStore(hook.Options());
        await slow.DeleteExpiredAsync(default);
        Assert.True(pages >= 4, $"It took {pages} pages.");
        Assert.Equal("AzureTables", slow.State);
        Assert.Empty(await client.QueryAsync<TableEntity>(cancellationToken: default).ToListAsync());
    }

    [Fact]
    public async Task A_store_that_takes_a_request_and_says_nothing_is_given_up()
    {
        Assert.True(DurableTable.Timeout < TimeSpan.FromSeconds(10));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connection = _azurite.ConnectionString.Replace(
            _azurite.Address, silent.LocalEndpoint.ToString(), StringComparison.Ordinal);
        var store = CreateStore(connection: connection);
        var asked = store.GroupsOfAsync(TestClients.Hub("chat"), "u1", default).AsTask();
        using var socket = await silent.AcceptSocketAsync(Waits.Limited());
        _time.Advance(DurableTable.Timeout);
        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(() => asked.WaitAsync(Waits.Limit));
        Assert.Equal("it did not answer within 8 s", exception.Message);

        // For a second the next callers fail at once.
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.GroupsOfAsync(TestClients.Hub("chat"), "u2", default));
        Assert.False(silent.Pending());
    }

    [Fact]
    public async Task An_account_s_address_is_asked_with_a_token_of_the_identity()
    {
        var credential = new FakeCredential(_time);
        var requests = new List<string>();
        using var hook = new RequestHook(request =>
        {
            requests.Add($"{request.Method} {request.RequestUri!.GetLeftPart(UriPartial.Path)} {request.Headers.Authorization}");
            return Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(request.Method == HttpMethod.Post ? HttpStatusCode.Created : HttpStatusCode.OK)
            {
                Content = new StringContent("""{"value":[],"TableName":"x"}""", Encoding.UTF8, "application/json"),
            });
        });
        var options = new StorageOptions { Tables = "https://account.table.core.windows.net" };
        var store = CreateStore(hook.Options(), options: options, credential: credential);
        Assert.Empty(await store.GroupsOfAsync(TestClients.Hub("chat"), "u1", default));
        Assert.Equal(
            [
                "POST https://account.table.core.windows.net/Tables Bearer token-1 of https://storage.azure.com/.default",
                $"GET https://account.table.core.windows.net/{_table}() Bearer token-1 of https://storage.azure.com/.default",
            ],
            requests);
    }

    [Fact]
    public async Task Without_a_token_of_the_identity_the_store_is_away()
    {
        using var hook = new RequestHook(static _ => throw new InvalidOperationException("No request goes out."));
        var options = new StorageOptions { Tables = "https://account.table.core.windows.net" };
        var store = CreateStore(hook.Options(), options: options, credential: new FakeCredential(_time) { Fails = true });
        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ProbeAsync(default));
        Assert.Contains("the gateway's identity gets no token", exception.Message, StringComparison.Ordinal);
        Assert.Equal("Unavailable", store.State);
    }

    private TableUserGroupStore CreateStore(
        TableClientOptions? client = null, string? connection = null, StorageOptions? options = null, TokenCredential? credential = null)
    {
        options ??= new StorageOptions { Tables = connection ?? _azurite.ConnectionString };
        var service = options.Connect(() => credential!, client ?? DurableTable.ClientOptions());
        return new TableUserGroupStore(new DurableTable(() => service, _table, _time, NullLogger<DurableTable>.Instance), _time);
    }

    private Task AddAsync(TableUserGroupStore store, string group, int seconds, bool hasTimeToLive = true) => store.AddAsync(
        TestClients.Hub("chat"), "u1", group, new Membership(_time.GetUtcNow().AddSeconds(seconds), hasTimeToLive), default).AsTask();

    private static async Task<IEnumerable<string>> GroupsAsync(TableUserGroupStore store) =>
        (await store.GroupsOfAsync(TestClients.Hub("chat"), "u1", default)).Keys;
}
