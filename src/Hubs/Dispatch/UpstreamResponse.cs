using System.Text;

namespace Serverless.Hubs;

/// <summary>The answer to an upstream request, to be written by the host that received it.</summary>
public sealed class UpstreamResponse
{
    private Func<Stream, Task>? _stream;

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

    /// <summary>
    /// Whether the answer is a stream: <see cref="Body"/> is then empty, and the hub's method runs within
    /// <see cref="CopyToAsync"/>, which writes and flushes each item as it comes.
    /// </summary>
    public bool IsStream => _stream is not null;

    /// <summary>
    /// Writes the body, be it whole or streamed. A stream ends early when the token that was given to
    /// <see cref="UpstreamDispatcher.DispatchAsync"/> is cancelled.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    public async Task CopyToAsync(Stream output, CancellationToken cancellationToken = default)
    {
        if (_stream is not null)
        {
            await _stream(output);
        }
        else if (!Body.IsEmpty)
        {
            await output.WriteAsync(Body, cancellationToken);
        }
    }

    internal static UpstreamResponse Stream(Func<Stream, Task> write) => new(200, null, default) { _stream = write };

    internal static UpstreamResponse Empty { get; } = new(200, null, default);

    internal static UpstreamResponse Completion(ReadOnlyMemory<byte> framed) => new(200, null, framed);

    internal static UpstreamResponse Error(int status, string text) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));
}
