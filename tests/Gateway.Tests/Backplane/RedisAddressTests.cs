
using Serverless.Gateway.Backplane;

namespace Serverless.Gateway.Tests.Backplane;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("localhost:6379", "localhost 6379   False False ")]
    [InlineData("r.example.com:6380,ssl=true,user=u,password=p=w=", "r.example.com 6380 u p=w= True False ")]
    [InlineData("[::1]:6379, password=x", "::1 6379  x False False ")]
    [InlineData("r:10000,ssl=true,auth=entra,clientId=c", "r 10000   True True c")]
    [InlineData("r:1,prefix=chat-2.test_a", "r 1   False False  chat-2.test_a")]
    public void A_setting_names_server_and_login(string text, string expected)
    {
        Assert.True(RedisAddress.TryParse(text, out var address));
        Assert.Equal(expected, $"{address.Host} {address.Port} {address.User} {address.Password} {address.Ssl} {address.UsesEntra} {address.ClientId}{(address.Prefix == "sg" ? "" : " " + address.Prefix)}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":6379")]
    [InlineData("localhost:0")]
    [InlineData("localhost:99999")]
    [InlineData("localhost:6379,what=ever")]
    [InlineData("localhost:6379,ssl=maybe")]
    [InlineData("localhost:6379,password=")]
    [InlineData("localhost:6379,prefix=")]
    [InlineData("localhost:6379,prefix=sg:a")] // would lie within another deployment's names
    [InlineData("localhost:6379,prefix=a*")]
    [InlineData("localhost:6379,prefix={a}")]
    [InlineData("localhost:6379,auth=entra")] // a token needs TLS
    public void A_setting_that_names_none_is_refused(string text) => Assert.False(RedisAddress.TryParse(text, out _));
}
