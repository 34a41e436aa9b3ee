using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Routing.Filters;

/// <summary>
/// Parses the OData subset with which <c>:execute</c> selects connections: <c>eq ne and or not in</c>, <c>startswith endswith contains</c>,
/// parentheses, over <c>userId</c>, <c>connectionId</c> and <c>groups</c> (docs/contract/rest-api.md#filters).
/// </summary>
/// <code>
/// or     = and { "or" and }           and  = not { "and" not }           not = "not" not | "(" or ")" | test
/// test   = value ("eq" | "ne") value | text "in" "groups" | value "in" "(" text { "," text } ")"
///        | ("startswith" | "endswith" | "contains") "(" value "," value ")"
/// value  = "userId" | "connectionId" | "null" | text
/// </code>
internal sealed class ConnectionFilter
{
    private const int MaxDepth = 32;
    private const string UserId = "userId";
    private const string ConnectionId = "connectionId";
    private const string Groups = "groups";

    private readonly List<FilterToken> _tokens;
    private int _next;
    private int _depth;

    private ConnectionFilter(string text) => _tokens = FilterLexer.Read(text);

    /// <summary>Parses a filter.</summary>
    /// <exception cref="FilterException">The text is not a valid filter; the message names the position.</exception>
    public static Func<ClientConnection, bool> Parse(string text)
    {
        var parser = new ConnectionFilter(text);
        var test = parser.Or();
        return parser.Peek.Kind == FilterTokenKind.End ? test : throw parser.Unexpected("'and', 'or' or the end");
    }

    private FilterToken Peek => _tokens[_next];

    private Func<ClientConnection, bool> Or()
    {
        if (++_depth > MaxDepth)
        {
            throw new FilterException($"More than {MaxDepth} levels", Peek.Position);
        }

        var left = And();
        while (TryTake("or"))
        {
            var (one, other) = (left, And());
            left = connection => one(connection) || other(connection);
        }

        _depth--;
        return left;
    }

    private Func<ClientConnection, bool> And()
    {
        var left = Not();
        while (TryTake("and"))
        {
            var (one, other) = (left, Not());
            left = connection => one(connection) && other(connection);
        }

        return left;
    }

    private Func<ClientConnection, bool> Not()
    {
        var negated = false;
        while (TryTake("not"))
        {
            negated = !negated;
        }

        var test = Peek.Kind == FilterTokenKind.Open ? Parenthesized() : Test();
        return negated ? connection => !test(connection) : test;
    }

    private Func<ClientConnection, bool> Parenthesized()
    {
        Take(FilterTokenKind.Open, "'('");
        var inner = Or();
        Take(FilterTokenKind.Close, "')'");
        return inner;
    }

    private Func<ClientConnection, bool> Test()
    {
        Func<string, string, bool>? compare = Peek is { Kind: FilterTokenKind.Word } word
            ? word.Value switch
            {
                "startswith" => static (value, part) => value.StartsWith(part, StringComparison.Ordinal),
                "endswith" => static (value, part) => value.EndsWith(part, StringComparison.Ordinal),
                "contains" => static (value, part) => value.Contains(part, StringComparison.Ordinal),
                _ => null,
            }
            : null;
        if (compare is not null)
        {
            _next++;
            Take(FilterTokenKind.Open, "'('");
            var whole = Value();
            Take(FilterTokenKind.Comma, "','");
            var part = Value();
            Take(FilterTokenKind.Close, "')'");
            return connection => whole(connection) is { } text && part(connection) is { } piece && compare(text, piece);
        }

        var left = Value();
        if (TryTake("eq"))
        {
            var right = Value();
            return connection => string.Equals(left(connection), right(connection), StringComparison.Ordinal);
        }

        if (TryTake("ne"))
        {
            var right = Value();
            return connection => !string.Equals(left(connection), right(connection), StringComparison.Ordinal);
        }

        return TryTake("in") ? In(left) : throw Unexpected("'eq', 'ne' or 'in'");
    }

    private Func<ClientConnection, bool> In(Func<ClientConnection, string?> left)
    {
        if (TryTake(Groups))
        {
            return connection => left(connection) is { } group && connection.Groups.Contains(group);
        }

        Take(FilterTokenKind.Open, $"'{Groups}' or '('");
        var values = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            values.Add(Take(FilterTokenKind.Text, "a text in single quotes").Value);
        }
        while (TryTakeComma());
        Take(FilterTokenKind.Close, "',' or ')'");
        return connection => left(connection) is { } value && values.Contains(value);
    }

    private Func<ClientConnection, string?> Value()
    {
        var token = Peek;
        if (token.Kind == FilterTokenKind.Text)
        {
            _next++;
            return _ => token.Value;
        }

        Func<ClientConnection, string?> value = token.Value switch
        {
            UserId when token.Kind == FilterTokenKind.Word => static connection => connection.UserId,
            ConnectionId when token.Kind == FilterTokenKind.Word => static connection => connection.Id,
            "null" when token.Kind == FilterTokenKind.Word => static _ => null,
            _ => throw Unexpected($"'{UserId}', '{ConnectionId}', a text in single quotes or null"),
        };
        _next++;
        return value;
    }

    private bool TryTake(string word)
    {
        var found = Peek.Kind == FilterTokenKind.Word && Peek.Value == word;
        _next += found ? 1 : 0;
        return found;
    }

    private bool TryTakeComma()
    {
        var found = Peek.Kind == FilterTokenKind.Comma;
        _next += found ? 1 : 0;
        return found;
    }

    private FilterToken Take(FilterTokenKind kind, string wanted) => Peek.Kind == kind ? _tokens[_next++] : throw Unexpected(wanted);

    private FilterException Unexpected(string wanted) => new($"Expected {wanted} instead of '{Peek.Value}'", Peek.Position);
}
