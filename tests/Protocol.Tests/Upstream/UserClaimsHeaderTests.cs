namespace Serverless.Protocol.Tests.Upstream;

public class UserClaimsHeaderTests
{
    [Fact]
    public void Claims_are_written_as_the_emulator_writes_them() => Assert.Equal(
        "asrs.s.uid: u1, team: red, nbf: 1795289601, aud: http://127.0.0.1/client/?hub=chat",
        UserClaimsHeader.Format([new("asrs.s.uid", "u1"), new("team", "red"), new("nbf", "1795289601"), new("aud", "http://127.0.0.1/client/?hub=chat")]));

    [Fact]
    public void No_claims_give_an_empty_value() => Assert.Equal("", UserClaimsHeader.Format([]));

    [Theory]
    [InlineData("a: 1, b: 2", "a=1|b=2")]
    [InlineData("a: 1,b: 2,,", "a=1|b=2")]
    [InlineData("http://schemas/role: admin", "http://schemas/role=admin")]
    [InlineData("  a :  1  ", "a=1")]
    [InlineData("name: Doe, John", "name=Doe")]
    [InlineData("a: b: c, d: e", "d=e")]
    [InlineData("empty: , a: 1", "a=1")]
    [InlineData("none, a:1", "")]
    [InlineData("role: a, role: b", "role=a|role=b")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void A_header_is_read_as_the_official_consumer_reads_it(string? header, string claims) =>
        Assert.Equal(claims, string.Join('|', UserClaimsHeader.Parse(header).Select(claim => $"{claim.Key}={claim.Value}")));
}
