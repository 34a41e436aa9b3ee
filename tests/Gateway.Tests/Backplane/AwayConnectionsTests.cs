
using Serverless.Gateway.Backplane.Redis.Messaging;

namespace Serverless.Gateway.Tests.Backplane;

public sealed class AwayConnectionsTests
{
    [Fact]
    public void One_is_known_by_its_text_until_it_is_removed()
    {
        var away = new AwayConnections();
        Assert.False(away.Contains("id"));
        away.Add("id");
        Assert.True(away.Contains(Another("id")));
        away.Remove("other");
        Assert.True(away.Contains("id"));
        away.Remove(Another("id"));
        Assert.False(away.Contains("id"));
    }

    [Fact]
    public void Many_leave_room_for_the_latest()
    {
        var away = new AwayConnections();
        for (var i = 0; i < 20_000; i++)
        {
            away.Add(Another($"{i}"));
            Assert.True(away.Contains($"{i}"));
        }
    }

    private static string Another(string id) => new(id.AsSpan());
}
