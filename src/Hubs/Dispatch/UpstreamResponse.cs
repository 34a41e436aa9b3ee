using System.Text;

namespace Serverless.Hubs;

/// <summary>Represents the response to an upstream request, for the host that received the request to write.</summary>
public sealed class UpstreamResponse
{
    private Func<Stream, Task>? _stream;

    private UpstreamResponse(int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        Status = status;
        ContentType = contentType;
        Body = body;
    }

    /// <summary>Gets the HTTP status code.</summary>
    public int Status { get; }

    /// <summary>Gets the content type; null for a completion, whose encoding the gateway knows from the request, and for an empty body.</summary>
    public string? ContentType { get; }

    /// <summary>Gets the body: a framed completion, an error text, or empty.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>
    /// Gets a value that indicates whether the response is a stream. <see cref="Body"/> is then empty, and the hub method runs within
    /// <see cref="CopyToAsync"/>, which writes and flushes each item as it is produced.
    /// </summary>
    public bool IsStream => _stream is not null;

    /// <summary>
    /// Writes the body, buffered or streamed. A stream ends early when the token that was passed to
    /// <see cref="UpstreamDispatcher.DispatchAsync"/> is cancelled.
    /// </summary>
    /// <param name="output">The stream to write to.</param>
    /// <param name="cancellationToken">Cancels the write of a buffered body.</param>
    /// <exception cref="OperationCanceledException">One of the two tokens was cancelled.</exception>
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
