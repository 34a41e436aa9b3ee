using System.Text;

namespace Serverless.Hubs;

/// <summary>The answer to an upstream request, to be written by the host that received it.</summary>
public sealed class UpstreamResponse
{
    private UpstreamResponse(int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        Status = status;
        ContentType = contentType;
        Body = body;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The content type; null for a completion, whose form the gateway knows from the request, and for empty answers.</summary>
    public string? ContentType { get; }

    /// <summary>A framed completion, the text of an error, or nothing.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    internal static UpstreamResponse Empty { get; } = new(200, null, default);

    internal static UpstreamResponse Completion(ReadOnlyMemory<byte> framed) => new(200, null, framed);

    internal static UpstreamResponse Error(int status, string text) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));
}
