using System.Text.Json.Nodes;
using Serverless.Functions.Tests.App;

namespace Serverless.Functions.Tests.Chatting;

/// <summary>The chat hub's requests to the gateway for each event and call.</summary>
public sealed class ChatTests(PlainApp app) : IClassFixture<PlainApp>, IDisposable
{
    private readonly UpstreamCaller _ann = new(app.Client, "ann-1", "Ann%20B");

    public void Dispose() => app.Gateway.TakeCalls();

    [Fact]
    public async Task To_announce_oneself_tells_the_others_and_not_oneself()
    {
        await SucceedAsync(_ann.InvokeAsync("Announce", new[] { "lobby", "tea" }, true));

        AssertSent("POST :send?excluded=ann-1", "Here", """[{"connectionId":"ann-1","name":"Ann B","rooms":["lobby","tea"]},true]""");
    }

    [Fact]
    public async Task To_introduce_oneself_tells_one_connection_which_is_not_asked_back()
    {
        await SucceedAsync(_ann.InvokeAsync("Introduce", "bob-1", new[] { "lobby" }));

        AssertSent("POST connections/bob-1/:send", "Here", """[{"connectionId":"ann-1","name":"Ann B","rooms":["lobby"]},false]""");
    }

    [Fact]
    public async Task To_join_a_room_enters_its_group_and_then_tells_the_room()
    {
        await SucceedAsync(_ann.InvokeAsync("Join", "tea & cake", false));

        var calls = app.Gateway.TakeCalls();
        Assert.Equal(
            ["PUT groups/tea%20%26%20cake/connections/ann-1", "POST groups/tea%20%26%20cake/:send"], calls.Select(call => call.What));
        Assert.Equal("Joined", calls[1].Target);
    }

    [Fact]
    public async Task To_join_again_after_a_reconnect_does_not_tell_the_room()
    {
        await SucceedAsync(_ann.InvokeAsync("Join", "lobby", true));

        Assert.Equal(["PUT groups/lobby/connections/ann-1"], app.Gateway.TakeCalls().Select(call => call.What));
    }

    [Fact]
    public async Task To_leave_a_room_leaves_its_group_and_tells_those_who_stay()
    {
        await SucceedAsync(_ann.InvokeAsync("Leave", "lobby"));

        var calls = app.Gateway.TakeCalls();
        Assert.Equal(["DELETE groups/lobby/connections/ann-1", "POST groups/lobby/:send"], calls.Select(call => call.What));
        Assert.Equal("Left", calls[1].Target);
    }

    [Fact]
    public async Task What_is_said_in_a_room_goes_to_its_group_with_the_speaker_s_name_and_the_time()
    {
        var before = DateTimeOffset.UtcNow;
        await SucceedAsync(_ann.InvokeAsync("Say", "lobby", "<b>hello</b> & 你好"));

        var call = Assert.Single(app.Gateway.TakeCalls());
        Assert.Equal("POST groups/lobby/:send", call.What);
        Assert.Equal("Said", call.Target);
        var message = call.Arguments!.Single()!;
        Assert.Equal("lobby", (string?)message["room"]);
        Assert.Equal("Ann B", (string?)message["from"]);
        Assert.Equal("<b>hello</b> & 你好", (string?)message["text"]);
        Assert.InRange(DateTimeOffset.Parse((string)message["at"]!), before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_whisper_goes_to_the_other_and_back_to_oneself()
    {
        await SucceedAsync(_ann.InvokeAsync("Whisper", "Bob C", "psst"));

        var calls = app.Gateway.TakeCalls();
        // The id is the encoded name, which is encoded again as a part of the path.
        Assert.Equal(
            ["HEAD users/Bob%2520C", "POST users/Bob%2520C/:send", "POST users/Ann%2520B/:send"], calls.Select(call => call.What));
        Assert.All(calls[1..], call => Assert.Equal("Whispered", call.Target));
        Assert.Equal("Bob C", (string?)calls[2].Arguments![0]!["to"]);
    }

    [Fact]
    public async Task A_note_to_oneself_is_sent_once()
    {
        await SucceedAsync(_ann.InvokeAsync("Whisper", "Ann B", "remember"));

        Assert.Equal(["HEAD users/Ann%2520B", "POST users/Ann%2520B/:send"], app.Gateway.TakeCalls().Select(call => call.What));
    }

    [Fact]
    public async Task A_whisper_to_somebody_who_is_not_here_fails_and_says_so()
    {
        app.Gateway.AbsentUsers.Add("Zoe");

        await FailAsync("Whisper", "Zoe is not here.", _ann.InvokeAsync("Whisper", "Zoe", "psst"));

        Assert.Equal(["HEAD users/Zoe"], app.Gateway.TakeCalls().Select(call => call.What));
    }

    [Fact]
    public async Task Empty_and_oversized_texts_and_names_are_refused()
    {
        await FailAsync("Say", "A message has 1 to 4000 characters.", _ann.InvokeAsync("Say", "lobby", "  "));
        await FailAsync("Say", "A message has 1 to 4000 characters.", _ann.InvokeAsync("Say", "lobby", new string('x', 4001)));
        await FailAsync("Join", "A room's name has 1 to 60 characters.", _ann.InvokeAsync("Join", "", false));
        await FailAsync("Say", "A room's name has 1 to 60 characters.", _ann.InvokeAsync("Say", new string('r', 61), "hello"));

        Assert.Empty(app.Gateway.TakeCalls());
    }

    [Fact]
    public async Task When_a_connection_ends_everyone_hears_of_it()
    {
        await _ann.DisconnectedAsync();

        AssertSent("POST :send", "Gone", """["ann-1"]""");
    }

    private static async Task SucceedAsync(Task<UpstreamCaller.Answer> call) =>
        Assert.Equal("""{"type":3,"invocationId":"1","result":null}""" + '\x1e', (await call).Text);

    private static async Task FailAsync(string method, string error, Task<UpstreamCaller.Answer> call)
    {
        var completion = JsonNode.Parse((await call).Text.TrimEnd('\x1e'))!;
        Assert.Equal($"An unexpected error occurred invoking '{method}' on the server. HubException: {error}", (string?)completion["error"]);
    }

    private void AssertSent(string what, string target, string arguments)
    {
        var call = Assert.Single(app.Gateway.TakeCalls());
        Assert.Equal(what, call.What);
        Assert.Equal(target, call.Target);
        Assert.Equal(arguments, call.Arguments!.ToJsonString());
    }
}
