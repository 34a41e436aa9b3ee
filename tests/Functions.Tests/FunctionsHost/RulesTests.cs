using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Checks that the list of rules and the tests match.</summary>
public partial class RulesTests
{
    [Fact]
    public void Every_rule_has_a_test_and_every_number_a_rule()
    {
        var file = Path.Combine(BuiltProgram.RepositoryRoot, "tools", "FunctionsHost", "README.md");
        var listed = Number().Matches(File.ReadAllText(file)).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        var tested = typeof(RulesTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttribute<RuleAttribute>()?.Numbers ?? []).Distinct().Order();

        Assert.Equal(listed, tested);
    }

    [GeneratedRegex(@"^(\d+)\. ", RegexOptions.Multiline)]
    private static partial Regex Number();
}
