using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Tests the behaviour of every store of dead letters.</summary>
public abstract class DeadLetterStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, 123, TimeSpan.Zero);

    private readonly HubName _hub = TestClients.Hub($"h{Guid.NewGuid():n}");

    private protected abstract IDeadLetterStore Store { get; }

    [Fact]
    public async Task Letters_are_listed_in_the_order_of_their_events_page_by_page()
    {
        var letters = new[] { Letter("a", 1, 5), Letter("b", 2, 5), Letter("a", 2, 5), Letter("a", 10, 6), Letter("b", 9, 7) };
        foreach (var letter in (DeadLetter[])[letters[3], letters[0], letters[4], letters[2], letters[1]])
        {
            await Store.AddAsync(letter, default);
        }

        await Store.AddAsync(Letter("a", 1, 1) with { Hub = TestClients.Hub($"other{Guid.NewGuid():n}") }, default);
        string[] all = ["a.1", "a.2", "b.2", "a.10", "b.9"];
        Assert.Equal(all, await IdsAsync(null, null, 10));
        var first = await Store.ListAsync(_hub, null, null, 2, default);
        Assert.Equal(all[..2], first.Select(letter => letter.EventId));
        Assert.Equal(all[2..], await IdsAsync(null, first[^1].Id, 10));
        Assert.Equal(["b.2", "b.9"], await IdsAsync("b", null, 10));
        Assert.Empty(await IdsAsync("c", null, 10));
        Assert.Superset(all.Append("a.1").ToHashSet(), (await Store.ListAsync(null, null, null, 1000, default)).Select(letter => letter.EventId).ToHashSet());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2_000_000)]
    public async Task A_letter_comes_back_whole_and_a_list_has_no_bodies(int bytes)
    {
        var letter = Letter("c-_9", 3, 1) with
        {
            EventName = "säg/#?",
            UserId = "ü",
            Claims = "a: b",
            ClientQuery = "?x=1",
            Body = RandomNumberGenerator.GetBytes(bytes),
            BodyLength = bytes,
        };
        await Store.AddAsync(letter, default);
        var listed = Assert.Single(await Store.ListAsync(_hub, null, null, 10, default));
        Assert.Equal(letter with { Body = default }, listed);
        Assert.True(DeadLetterId.TryParse(listed.Id.ToString(), out var id));
        var found = await Store.FindAsync(id, default);
        Assert.Equal(letter.Body.ToArray(), found!.Body.ToArray());
        Assert.Equal(letter with { Body = default }, found with { Body = default });
    }

    [Fact]
    public async Task A_letter_takes_the_place_of_one_with_its_id_and_is_deleted_once()
    {
        var letter = Letter("a", null, 1);
        await Store.AddAsync(letter, default);
        await Store.AddAsync(letter with { Attempts = 9, Reason = "again" }, default);
        Assert.Equal((9, "again", (int?)null), (await Store.FindAsync(letter.Id, default)) is { } found ? (found.Attempts, found.Reason, found.Sequence) : default);
        Assert.True(await Store.DeleteAsync(letter.Id, default));
        Assert.False(await Store.DeleteAsync(letter.Id, default));
        Assert.Null(await Store.FindAsync(letter.Id, default));
        Assert.Empty(await IdsAsync(null, null, 10));
    }

    private protected DeadLetter Letter(string connection, int? sequence, int seconds) => new()
    {
        EventId = $"{connection}.{sequence}",
        Hub = _hub,
        ConnectionId = connection,
        Sequence = sequence,
        Time = Start.AddSeconds(seconds).AddTicks(7),
        Category = "messages",
        EventName = "x",
        ContentType = "application/json",
        Template = 1,
        Attempts = 3,
        FailedAt = Start.AddMinutes(1),
        Reason = "status code 503",
        Status = 503,
        Body = "{}"u8.ToArray(),
        BodyLength = 2,
    };

    private async Task<List<string>> IdsAsync(string? connection, DeadLetterId? after, int most) =>
        [.. (await Store.ListAsync(_hub, connection, after, most, default)).Select(letter => letter.EventId)];
}

/// <summary>Runs the tests on the store in memory, which has a maximum.</summary>
public sealed class InMemoryDeadLetterStoreTests : DeadLetterStoreTests
{
    private protected override IDeadLetterStore Store { get; } = new InMemoryDeadLetterStore(NullLogger<InMemoryDeadLetterStore>.Instance);

    [Fact]
    public async Task Beyond_the_bound_the_letters_that_failed_first_are_dropped()
    {
        var store = new InMemoryDeadLetterStore(NullLogger<InMemoryDeadLetterStore>.Instance, maxBytes: 30_000);
        for (var i = 0; i < 5; i++)
        {
            var letter = Letter("a", i + 1, 100 - i);
            await store.AddAsync(letter with { FailedAt = letter.FailedAt.AddSeconds(i), Body = new byte[10_000] }, default);
        }

        Assert.Equal(["a.5", "a.4"], (await store.ListAsync(null, null, null, 10, default)).Select(letter => letter.EventId));
    }
}
