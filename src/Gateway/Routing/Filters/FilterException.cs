namespace Serverless.Gateway.Routing.Filters;

/// <summary>Thrown for a text that is not a valid filter, with the position, which counts from 1.</summary>
internal sealed class FilterException(string problem, int position) : Exception($"{problem} at position {position}.")
{
    public int Position { get; } = position;
}
