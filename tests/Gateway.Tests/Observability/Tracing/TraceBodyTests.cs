using Serverless.Gateway.Observability.Tracing;

namespace Serverless.Gateway.Tests.Observability.Tracing;

public class TraceBodyTests
{
    [Theory]
    [InlineData("""["eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"]""", """["***"]""")]
    [InlineData("""["eyJhbGciOiJIUzI1NiJ9.eyJhdW"]""", """["***"]""")]
    [InlineData("Endpoint=https://x;AccessKey=abc+/def=;Version=1.0;", "Endpoint=https://x;AccessKey=***;Version=1.0;")]
    [InlineData("""{"password":"p w","n":1}""", """{"password":"*** w","n":1}""")]
    [InlineData("https://f/api?code=k-1_2==&x=1", "https://f/api?code=***&x=1")]
    [InlineData("GET /client/?access_token=abc&id=1", "GET /client/?access_token=***&id=1")]
    [InlineData("Authorization: Bearer abcdef", "Authorization: Bearer ***")]
    [InlineData("""{"code":5,"user":"ann"}""", """{"code":5,"user":"ann"}""")]
    public void What_looks_like_a_token_or_a_key_is_stars(string text, string masked) => Assert.Equal(masked, TraceBody.Mask(text));

    [Fact]
    public void A_body_is_cut_and_marked_and_its_whole_length_told()
    {
        var body = TraceBody.From(System.Text.Encoding.UTF8.GetBytes(new string('x', 100_000)), isBinary: false);
        Assert.Equal((TraceFilter.MostBodyBytes, 100_000, true), (body.Text.Length, body.Bytes, body.IsCut));
        Assert.Equal(("short", 5, false), (TraceBody.From("short"u8, false).Text, TraceBody.From("short"u8, false).Bytes, TraceBody.From("short"u8, false).IsCut));

        // No half of a letter beyond the first 65,536.
        Assert.Equal("ab", TraceBody.From("ab😀"u8, isBinary: false).Cut(3).Text);
    }

    [Fact]
    public void A_binary_body_is_shown_as_json() => Assert.Equal("""[1,"m"]""", TraceBody.From([0x92, 0x01, 0xA1, 0x6D], isBinary: true).Text);
}
