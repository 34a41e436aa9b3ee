namespace Serverless.Protocol.Tests.Upstream;

public class UpstreamSignatureTests
{
    private const string Primary = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private const string Secondary = "SECONDARYKEYSECONDARYKEYSECONDARYKEY01234567";
    private const string PrimaryHash = "261f7f58ff9fb9bb8be7e4951a807fe6091e5c074885bf63b865eccd28728881";
    private const string SecondaryHash = "70669d687bbad38457ceda56bf16868fde8babb18ca2570eff32e6e2ceaa5b86";

    [Fact]
    public void Each_key_signs_the_connection_id_and_no_space_follows_the_comma()
    {
        Assert.Equal($"sha256={PrimaryHash}", UpstreamSignature.Compute("conn-1", [Primary]));
        Assert.Equal($"sha256={PrimaryHash},sha256={SecondaryHash}", UpstreamSignature.Compute("conn-1", [Primary, Secondary]));
        Assert.Equal("", UpstreamSignature.Compute("conn-1", []));
    }

    [Theory]
    [InlineData($"sha256={PrimaryHash}", true)]
    [InlineData($"sha256={PrimaryHash},sha256={SecondaryHash}", true)]
    [InlineData($"sha256={SecondaryHash},sha256={PrimaryHash}", true)]
    [InlineData("SHA256=261F7F58FF9FB9BB8BE7E4951A807FE6091E5C074885BF63B865ECCD28728881", true)]
    [InlineData($"sha256={SecondaryHash}", false)]
    [InlineData($"sha256={SecondaryHash}, sha256={PrimaryHash}", false)]
    [InlineData($"sha256={PrimaryHash} ", false)]
    [InlineData($" sha256={PrimaryHash}", false)]
    [InlineData($"{PrimaryHash}", false)]
    [InlineData($"sha1={PrimaryHash}", false)]
    [InlineData($"sha256={PrimaryHash}00", false)]
    [InlineData("sha256=", false)]
    [InlineData("sha256=zz1f7f58ff9fb9bb8be7e4951a807fe6091e5c074885bf63b865eccd28728881", false)]
    [InlineData(",,,", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_header_passes_when_one_untrimmed_part_is_the_keys_signature(string? header, bool passes) =>
        Assert.Equal(passes, UpstreamSignature.Verify(header, "conn-1", [Primary]));

    [Fact]
    public void Any_of_the_keys_may_have_signed()
    {
        Assert.True(UpstreamSignature.Verify($"sha256={SecondaryHash}", "conn-1", [Primary, Secondary]));
        Assert.False(UpstreamSignature.Verify($"sha256={SecondaryHash}", "conn-2", [Primary, Secondary]));
        Assert.False(UpstreamSignature.Verify($"sha256={PrimaryHash}", "conn-1", []));
    }

    [Theory]
    [InlineData("Y5izjzyEDKTP14qq-8VnAg")]
    [InlineData("ü ñ")]
    [InlineData("")]
    public void What_is_computed_verifies(string connectionId) =>
        Assert.True(UpstreamSignature.Verify(UpstreamSignature.Compute(connectionId, [Primary, Secondary]), connectionId, [Secondary]));
}
