using System.Globalization;
using System.Text;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>
/// Evaluates the few functions that a predicted value still contains: <c>[format('https://{0}', reference(…).outputs.host.value)]</c>. The
/// values that <c>reference</c> would read in Azure come from a table, by the path after it.
/// </summary>
internal sealed class ArmExpression
{
    private readonly string _text;
    private readonly IReadOnlyDictionary<string, string> _references;
    private int _at;

    private ArmExpression(string text, IReadOnlyDictionary<string, string> references)
    {
        _text = text;
        _references = references;
    }

    /// <summary>Returns the value of a text, which is an expression if it is in brackets.</summary>
    public static string Evaluate(string value, IReadOnlyDictionary<string, string> references) =>
        value is ['[', .., ']'] ? new ArmExpression(value[1..^1], references).Value() : value;

    private string Value()
    {
        if (_text[_at] == '\'')
        {
            return Literal();
        }

        var name = Word();
        List<string> arguments = [];
        Take('(');
        while (_text[_at] != ')')
        {
            arguments.Add(Value());
            while (_text[_at] is ',' or ' ')
            {
                _at++;
            }
        }

        Take(')');
        var path = new StringBuilder();
        while (_at < _text.Length && _text[_at] == '.')
        {
            _at++;
            path.Append(path.Length > 0 ? "." : "").Append(Word());
        }

        return name switch
        {
            "format" => string.Format(CultureInfo.InvariantCulture, arguments[0], [.. arguments.Skip(1)]),
            "reference" => _references[path.ToString()],
            _ => throw new NotSupportedException($"'{name}' in {_text}"),
        };
    }

    // 'it''s'
    private string Literal()
    {
        var literal = new StringBuilder();
        for (_at++; ; _at++)
        {
            if (_text[_at] == '\'' && (_at + 1 == _text.Length || _text[++_at] != '\''))
            {
                return literal.ToString();
            }

            literal.Append(_text[_at]);
        }
    }

    private string Word()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private void Take(char expected) => Assert.Equal(expected, _text[_at++]);
}
