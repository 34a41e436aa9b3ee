using Serverless.Gateway.Hosting.Logs;

namespace Serverless.Gateway.Tests.Hosting.Logs;

public class ConsoleTextTests
{
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";

    [Theory]
    [InlineData("a\rb", @"a\u000db")]
    [InlineData("a\nb", @"a\u000ab")]
    [InlineData("a\r\nb", @"a\u000d\u000ab")]
    [InlineData("a\0b", @"a\u0000b")]
    [InlineData("a\u001b[31mb", @"a\u001b[31mb")]
    [InlineData("a\u2028b\u2029", @"a\u2028b\u2029")]
    [InlineData("a\u0085b\u009b", @"a\u0085b\u009b")]
    [InlineData("\u007f\t\b", @"\u007f\u0009\u0008")]
    [InlineData("\u202egpj.exe\u2066\u200f", @"\u202egpj.exe\u2066\u200f")]
    [InlineData("Zoë 👩‍💻 北京", "Zoë 👩‍💻 北京")]
    [InlineData("", "")]
    public void A_line_has_no_character_that_ends_it_or_controls_a_terminal(string text, string line) => Assert.Equal(line, ConsoleText.Line(text));

    [Fact]
    public void Lines_keep_their_line_feeds_and_nothing_else() =>
        Assert.Equal(@"a\u000d" + "\n" + @"b\u001b\u0000\u2028\u0085", ConsoleText.Lines("a\r\nb\u001b\0\u2028\u0085"));

    [Theory]
    [InlineData("GET /client/?hub=chat&access_token={0}&id=1 - 200", "GET /client/?hub=chat&access_token=***&id=1 - 200")]
    [InlineData("?access%5Ftoken={0}", "?access%5Ftoken=***")]
    [InlineData("?%61ccess_token=opaque", "?%61ccess_token=***")]
    [InlineData("?ACCESS_TOKEN=opaque&x=1", "?ACCESS_TOKEN=***&x=1")]
    [InlineData("Invalid request target: '/client/?{0}", "Invalid request target: '/client/?***")]
    [InlineData("Authorization: Bearer {0}", "Authorization: Bearer ***")]
    [InlineData("The access token's algorithm is not HS256 or HS512.", "The access token's algorithm is not HS256 or HS512.")]
    public void Tokens_are_in_no_text(string text, string shown)
    {
        var whole = text.Replace("{0}", Token, StringComparison.Ordinal);
        Assert.Equal(shown, ConsoleText.Line(whole));
        Assert.Equal(shown, ConsoleText.Lines(whole));
        Assert.Equal(shown, ConsoleText.Masked(whole));
    }
}
