using Serverless.Gateway.Routing.Filters;

namespace Serverless.Gateway.Tests.Routing.Filters;

public class ConnectionFilterTests
{
    [Theory]
    [InlineData("userId", "Expected ", 7)]
    [InlineData("userId eq", "Expected ", 10)]
    [InlineData("userId eq 'a' and", "Expected ", 18)]
    [InlineData("userId gt 'a'", "'eq', 'ne' or 'in'", 8)]
    [InlineData("userId eq 1", "Unexpected '1'", 11)]
    [InlineData("userId eq 'a", "closing quote", 11)]
    [InlineData("name eq 'a'", "'userId', 'connectionId'", 1)]
    [InlineData("(userId eq 'a'", "')'", 15)]
    [InlineData("userId eq 'a')", "'and', 'or' or the end", 14)]
    [InlineData("startswith(userId)", "','", 18)]
    [InlineData("length(userId) eq 'a'", "'userId', 'connectionId'", 1)]
    [InlineData("userId in 'a'", "'groups' or '('", 11)]
    [InlineData("userId in ()", "a text in single quotes", 12)]
    [InlineData("groups eq 'a'", "'userId', 'connectionId'", 1)]
    [InlineData(" ", "Expected ", 2)]
    public void What_is_no_filter_is_refused_with_its_position(string text, string problem, int position)
    {
        var exception = Assert.Throws<FilterException>(() => ConnectionFilter.Parse(text));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Equal(position, exception.Position);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        ConnectionFilter.Parse(new string('(', 30) + "userId eq 'a'" + new string(')', 30));
        Assert.Throws<FilterException>(() => ConnectionFilter.Parse(new string('(', 100_000)));
        ConnectionFilter.Parse(string.Concat(Enumerable.Repeat("not ", 10_000)) + "userId eq 'a'");
    }

    [Fact]
    public void Any_text_is_a_filter_or_refused()
    {
        string[] pieces = ["userId", "connectionId", "groups", "eq", "ne", "in", "and", "or", "not", "startswith", "(", ")", ",", "'a'", "'", " ", "null", "é", "1"];
        var random = new Random(20261124);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                ConnectionFilter.Parse(text);
            }
            catch (FilterException exception)
            {
                Assert.InRange(exception.Position, 1, text.Length + 1);
            }
        }
    }
}
