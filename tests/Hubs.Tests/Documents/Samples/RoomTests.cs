using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Serverless.Support.Time;

namespace Serverless.Hubs.Tests.Documents.Samples;

/// <summary>The unit test of <c>docs/hubs.md</c>.</summary>
public sealed class RoomTests
{
    [Fact]
    public async Task Say_reaches_everyone_in_the_room()
    {
        var clock = new FakeTime();
        var clients = new RecordedClients();
        using var room = new Room(clock) { Clients = clients, Context = new CallerOf("conn-1", "ann") };

        await room.Say("lobby", "hi");

        Assert.Equal([$"group lobby: ann said hi at {clock.GetUtcNow():O}"], clients.Log);
    }

    /// <summary>Records what a hub calls on its clients.</summary>
    private sealed class RecordedClients : IHubCallerClients<IRoomClient>
    {
        public List<string> Log { get; } = [];

        public IRoomClient All => To("all");

        public IRoomClient Caller => To("caller");

        public IRoomClient Others => To("others");

        public IRoomClient AllExcept(IReadOnlyList<string> excludedConnectionIds) => To("all except " + string.Join(',', excludedConnectionIds));

        public IRoomClient Client(string connectionId) => To("client " + connectionId);

        public IRoomClient Clients(IReadOnlyList<string> connectionIds) => To("clients " + string.Join(',', connectionIds));

        public IRoomClient Group(string groupName) => To("group " + groupName);

        public IRoomClient GroupExcept(string groupName, IReadOnlyList<string> excludedConnectionIds) => To("group " + groupName + " except " + string.Join(',', excludedConnectionIds));

        public IRoomClient Groups(IReadOnlyList<string> groupNames) => To("groups " + string.Join(',', groupNames));

        public IRoomClient OthersInGroup(string groupName) => To("others in group " + groupName);

        public IRoomClient User(string userId) => To("user " + userId);

        public IRoomClient Users(IReadOnlyList<string> userIds) => To("users " + string.Join(',', userIds));

        private Recorder To(string name) => new(name, Log);

        private sealed class Recorder(string name, List<string> log) : IRoomClient
        {
            public Task Entered(string? user) => Add($"{user} entered");

            public Task Said(string? user, string text, DateTimeOffset at) => Add($"{user} said {text} at {at:O}");

            public Task Cleared() => Add("cleared");

            private Task Add(string text)
            {
                log.Add($"{name}: {text}");
                return Task.CompletedTask;
            }
        }
    }

    private sealed class CallerOf(string connectionId, string userId) : HubCallerContext
    {
        public override string ConnectionId => connectionId;

        public override string? UserIdentifier => userId;

        public override ClaimsPrincipal? User { get; } = new();

        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override CancellationToken ConnectionAborted => default;

        public override void Abort() => throw new NotSupportedException();
    }
}
