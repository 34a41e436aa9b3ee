namespace Serverless.Gateway.Routing.Filters;

/// <summary>A filter that is none, and where: the position counts from 1.</summary>
internal sealed class FilterException(string problem, int position) : Exception($"{problem} at position {position}.")
{
    public int Position { get; } = position;
}
