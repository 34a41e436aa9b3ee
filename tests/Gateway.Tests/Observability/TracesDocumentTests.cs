using System.Reflection;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Tests.Observability;

/// <summary>Compares the table of traces in docs/metrics.md with the code. The tests of traces compare each recorded span with the table.</summary>
public sealed class TracesDocumentTests
{
    private static readonly string[] NoNames = [nameof(GatewaySpans.Name), nameof(GatewaySpans.SignalR), nameof(GatewaySpans.Other)];

    private static IEnumerable<string> Names => typeof(GatewaySpans).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(constant => constant.IsLiteral && !NoNames.Contains(constant.Name))
        .Select(constant => (string)constant.GetRawConstantValue()!);

    [Fact]
    public void Every_span_is_documented_and_no_other() => Assert.Equal(
        Names.Where(IsSpan).Order(), TracesDocument.Rows.Select(row => row.Name).Order());

    [Fact]
    public void Every_attribute_is_documented_and_no_other() => Assert.Equal(
        Names.Where(name => !IsSpan(name)).Order(), TracesDocument.Rows.SelectMany(row => row.Attributes).Distinct().Order());

    [Fact]
    public void Attributes_that_are_not_OpenTelemetry_s_are_explained()
    {
        Assert.Empty(Names.Where(name => !IsSpan(name) && name.StartsWith("serverless.", StringComparison.Ordinal)).Except(TracesDocument.Explained));
        Assert.Empty(TracesDocument.Explained.Except(Names));
    }

    private static bool IsSpan(string name) => name.StartsWith(GatewaySpans.Name + ".", StringComparison.Ordinal);
}
