using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Tests.Clients.Admission;

public class ClientQueryTests
{
    [Theory]
    [InlineData("", 0, null, null, null, null)]
    [InlineData("?", 0, null, null, null, null)]
    [InlineData("?hub=chat", 1, null, null, null, "?hub=chat")]
    [InlineData("?hub=chat&id=tok&access_token=jwt&negotiateVersion=1", 1, "tok", "jwt", "1", "?hub=chat&negotiateVersion=1")]
    [InlineData("?HUB=chat&ID=tok&Access_Token=jwt", 1, "tok", "jwt", null, "?HUB=chat")]
    [InlineData("?%69d=tok&%61ccess%5Ftoken=jwt&hub=chat", 1, "tok", "jwt", null, "?hub=chat")] // also when encoded
    [InlineData("?hub=chat&hub=b", 2, null, null, null, "?hub=chat&hub=b")]
    [InlineData("?access_token=a&access_token=b&hub=chat", 1, null, "b", null, "?hub=chat")] // the last wins, none is passed on
    [InlineData("?id=&hub=chat", 1, null, null, null, "?hub=chat")]
    [InlineData("?hub=chat&b=2&a=%20%C3%BC+x&b=1", 1, null, null, null, "?hub=chat&b=2&a=%20%C3%BC+x&b=1")]
    [InlineData("?id=tok", 0, "tok", null, null, null)]
    public void A_query_is_read_and_the_rest_keeps_its_order(
        string query, int hubs, string? token, string? accessToken, string? version, string? forUpstream)
    {
        var parsed = ClientQuery.Parse(query);
        Assert.Equal((hubs, token, accessToken, version, forUpstream), (parsed.HubCount, parsed.ConnectionToken, parsed.AccessToken, parsed.NegotiateVersion, parsed.ForUpstream));
        Assert.Equal(hubs == 0 ? null : "chat", parsed.Hub);
    }
}
