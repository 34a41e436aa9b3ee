using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Tests.Addressing;

public class NamesTests
{
    [Theory]
    [InlineData("chat", null, "chat")]
    [InlineData("ChatHub", null, "chathub")]
    [InlineData("ChatHub", "MyApp", "myapp_chathub")]
    [InlineData("a_`,.[]9", null, "a_`,.[]9")]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    [InlineData("1a", null, null)]
    [InlineData("_a", null, null)]
    [InlineData("a b", null, null)]
    [InlineData("a-b", null, null)]
    [InlineData("a/b", null, null)]
    [InlineData("ä", null, null)]
    [InlineData("aä", null, null)]
    [InlineData("a\n", null, null)]
    [InlineData("chat", "", null)]
    [InlineData("chat", "1app", null)]
    public void A_hub_in_a_path_is_lower_case_and_led_by_its_application(string? hub, string? application, string? name)
    {
        Assert.Equal(name is not null, HubName.TryParse(hub, application, out var parsed));
        Assert.Equal(name, parsed.Value);
    }

    [Fact]
    public void A_hub_has_at_most_128_characters_and_so_has_its_application()
    {
        var longest = new string('a', 128);
        Assert.True(HubName.TryParse(longest, longest, out var both));
        Assert.False(HubName.TryParse(longest + "a", null, out _));
        Assert.False(HubName.TryParse("a", longest + "a", out _));
        Assert.True(HubName.TryParseJoined(both.Value, out var joined));
        Assert.Equal(both, joined);
        Assert.False(HubName.TryParseJoined(both.Value + "a", out _));
    }

    [Theory]
    [InlineData("g", true)]
    [InlineData(" g ", true)]
    [InlineData("..", true)]
    [InlineData("a/b", true)]
    [InlineData("", false)]
    [InlineData("  ", false)]
    [InlineData("\t\u00a0", false)]
    [InlineData(null, false)]
    public void A_groups_or_users_name_is_anything_but_white_space(string? name, bool valid) =>
        Assert.Equal(valid, ResourceName.IsValid(name));

    [Fact]
    public void A_groups_or_users_name_has_at_most_1024_characters()
    {
        Assert.True(ResourceName.IsValid(new string('x', 1024)));
        Assert.False(ResourceName.IsValid(new string('x', 1025)));
    }

    [Fact]
    public void Connection_ids_begin_with_their_nodes_id_and_never_repeat()
    {
        var node = NodeId.Create();
        Assert.Matches("^[A-Za-z0-9_-]{8}$", node.Value);
        Assert.NotEqual(node, NodeId.Create());
        var ids = Enumerable.Range(0, 1000).Select(_ => ConnectionId.Create(node)).ToHashSet();
        Assert.Equal(1000, ids.Count);
        Assert.All(ids, id =>
        {
            Assert.Matches("^[A-Za-z0-9_-]{30}$", id);
            Assert.StartsWith(node.Value, id, StringComparison.Ordinal);
        });
    }
}
