namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>Provides the bounds of a reply. A <see cref="RespReader"/> ends the connection beyond them.</summary>
internal sealed record RespLimits
{
    /// <summary>The cost of a value in addition to its own bytes: the object, its array and its place in a list.</summary>
    public const int ValueBytes = 80;

    private const int Mebi = 1024 * 1024;

    /// <summary>Gets the limits for connections to Redis.</summary>
    public static RespLimits Default { get; } = new();

    /// <value>The bytes of a line: a simple text, an error, a number or an announced length. Redis's own limit for lines is the same.</value>
    public int LineBytes { get; init; } = 64 * 1024;

    /// <value>The bytes of one text. The largest message between nodes, a client's answer, has 64 MiB at most.</value>
    public int TextBytes { get; init; } = 96 * Mebi;

    /// <value>The bytes of a whole reply, with <see cref="ValueBytes"/> for each of its values.</value>
    public long ReplyBytes { get; init; } = 128 * Mebi;

    /// <value>The depth of lists within lists. Redis's replies have a depth of four at most.</value>
    public int Depth { get; init; } = 8;
}
