namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>How much of a reply a <see cref="RespReader"/> takes before it ends the connection.</summary>
internal sealed record RespLimits
{
    /// <summary>What a value costs beside its own bytes: the object, its array and its place in a list.</summary>
    public const int ValueBytes = 80;

    private const int Mebi = 1024 * 1024;

    /// <summary>For connections to Redis.</summary>
    public static RespLimits Default { get; } = new();

    /// <value>Bytes of a line: a simple text, an error, a number or an announced length. Redis's own limit for lines is the same.</value>
    public int LineBytes { get; init; } = 64 * 1024;

    /// <value>Bytes of one text. The largest message that may cross, an answer of a client, has 64 MiB at most.</value>
    public int TextBytes { get; init; } = 96 * Mebi;

    /// <value>Bytes of a whole reply, with <see cref="ValueBytes"/> for each of its values.</value>
    public long ReplyBytes { get; init; } = 128 * Mebi;

    /// <value>Lists within lists. Redis's replies have four at most.</value>
    public int Depth { get; init; } = 8;
}
