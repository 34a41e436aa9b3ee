namespace Serverless.Protocol.Tests.Upstream;

public class UpstreamHeaderTextTests
{
    // The text, its default encoding and its encoding where UTF-8 is allowed; null means unchanged.
    public static TheoryData<string, string?, string?> Texts => new()
    {
        { "", null, null },
        { "u1", null, null },
        { "a b", null, null },
        { "a%0A", null, null },
        { "100%", null, null },
        { "?hub=chat&room=a%20b%252F", null, null },
        { "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~", null, null },
        { "a\n", "a%0A", "a%0A" },
        { "a%0A\n", "a%250A%0A", "a%250A%0A" },
        { "a\r\nX-ASRS-Hub: other", "a%0D%0AX-ASRS-Hub: other", "a%0D%0AX-ASRS-Hub: other" },
        { "a\0b\tc\u001b\u007f", "a%00b%09c%1B%7F", "a%00b%09c%1B%7F" },
        { " a", "%20a", "%20a" },
        { "a ", "a%20", "a%20" },
        { "  ", "%20%20", "%20%20" },
        { " a b ", "%20a b%20", "%20a b%20" },
        { "é", "%C3%A9", null },
        { "%C3%A9", null, null },
        { "é 5%", "%C3%A9 5%25", null },
        { "日本", "%E6%97%A5%E6%9C%AC", null },
        { "😀\u2028\u0085", "%F0%9F%98%80%E2%80%A8%C2%85", null },
        { "ü\n%", "%C3%BC%0A%25", "%C3%BC%0A%25" },
        { "role: Zürich, name: 100%", "role: Z%C3%BCrich, name: 100%25", null },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_value_is_sent_in_one_form_and_read_back(string text, string? encoded, string? encodedBesideUtf8)
    {
        Assert.Equal(encoded is null, UpstreamHeaderText.IsPlain(text));
        Assert.Equal(encodedBesideUtf8 is null, UpstreamHeaderText.IsPlain(text, allowUtf8: true));
        if ((encoded ?? encodedBesideUtf8) is { } sent)
        {
            Assert.Equal(sent, UpstreamHeaderText.Encode(text));
            Assert.Equal(text, UpstreamHeaderText.Decode(sent));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Different_values_stay_different(bool allowUtf8)
    {
        var sent = Texts.Select(row => (string)row[0])
            .Select(text => UpstreamHeaderText.IsPlain(text, allowUtf8) ? ("plain", text) : ("encoded", UpstreamHeaderText.Encode(text)))
            .ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
    }

    [Fact]
    public void A_long_value_is_encoded_whole()
    {
        var text = string.Concat(Enumerable.Repeat("ü%", 5_000));
        Assert.Equal(text, UpstreamHeaderText.Decode(UpstreamHeaderText.Encode(text)));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%4g%41", "%4gA")]
    [InlineData("%%41", "%A")]
    [InlineData("%c3%bc", "ü")]
    [InlineData("%FF", "\ufffd")]
    [InlineData("", "")]
    public void A_value_that_is_not_of_the_form_is_read_as_far_as_it_is(string value, string text) =>
        Assert.Equal(text, UpstreamHeaderText.Decode(value));

    [Theory]
    [InlineData("X-ASRS-User-Id", true)]
    [InlineData("x-asrs-event, x-asrs-user-id", true)]
    [InlineData("X-ASRS-Event,X-ASRS-User-Claims", false)]
    [InlineData("X-ASRS-User-Ids", false)]
    [InlineData(",", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void The_list_names_headers_without_case(string? list, bool names) =>
        Assert.Equal(names, UpstreamHeaderText.Names(list, UpstreamHeaders.UserId));

    [Fact]
    public void Claims_are_decoded_piece_by_piece()
    {
        var header = UserClaimsHeader.Format([new("name", "Zürich\n"), new("Größe", "5%2C"), new("line", "\n")]);
        var sent = UpstreamHeaderText.Encode(header);

        Assert.Equal("name: Z%C3%BCrich%0A, Gr%C3%B6%C3%9Fe: 5%252C, line: %0A", sent);
        Assert.Equal([new("name", "Zürich\n"), new("Größe", "5%2C"), new("line", "\n")], UserClaimsHeader.Parse(sent, isEncoded: true));
        Assert.Equal(new("name", "Z%C3%BCrich%0A"), UserClaimsHeader.Parse(sent)[0]);
    }
}
