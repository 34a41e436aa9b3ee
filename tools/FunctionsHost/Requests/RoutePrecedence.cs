using Microsoft.AspNetCore.Routing.Template;

namespace Serverless.FunctionsHost.Requests;

/// <summary>
/// Orders routes as the host tries them: segment by segment, a literal before a parameter, a parameter with more constraints before one
/// with fewer; then the longer template first.
/// </summary>
internal sealed class RoutePrecedence : IComparer<Route>
{
    public static RoutePrecedence Instance { get; } = new();

    public int Compare(Route? x, Route? y)
    {
        var first = x!.ParsedTemplate.Segments;
        var second = y!.ParsedTemplate.Segments;
        for (var i = 0; i < Math.Min(first.Count, second.Count); i++)
        {
            var order = Rank(first[i]).CompareTo(Rank(second[i]));
            if (order != 0)
            {
                return order;
            }
        }

        return second.Count.CompareTo(first.Count);
    }

    // Only the first part of a segment such as "v{version}" counts.
    private static int Rank(TemplateSegment segment) =>
        segment.Parts[0] is { IsParameter: true } parameter ? int.MaxValue - parameter.InlineConstraints.Count() : 0;
}
