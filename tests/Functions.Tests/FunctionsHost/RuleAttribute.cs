using Xunit.Abstractions;
using Xunit.Sdk;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Specifies the rules in <c>tools/FunctionsHost/README.md</c> that a test covers.</summary>
[TraitDiscoverer("Serverless.Functions.Tests.FunctionsHost.RuleDiscoverer", "Functions.Tests")]
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuleAttribute(params int[] numbers) : Attribute, ITraitAttribute
{
    public IReadOnlyList<int> Numbers { get; } = numbers;
}

/// <summary>Creates a trait for each rule, so that its tests can be selected: <c>--filter Rule=7</c>.</summary>
public sealed class RuleDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) =>
        traitAttribute.GetConstructorArguments().OfType<int[]>().SelectMany(numbers => numbers)
            .Select(number => KeyValuePair.Create("Rule", number.ToString()));
}
