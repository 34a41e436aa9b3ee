using System.Net.Http.Headers;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Represents the sending of one event to its function. The body must not change until the call has ended.</summary>
/// <param name="Sender">The connection that the event belongs to.</param>
/// <param name="Category">A value of <see cref="Serverless.Protocol.UpstreamCategories"/>.</param>
/// <param name="EventName">The name of the event, or the invocation's target.</param>
/// <param name="Body">The request's body.</param>
/// <param name="ContentType">The body's media type.</param>
internal readonly record struct UpstreamCall(
    UpstreamSender Sender, string Category, string EventName, ReadOnlyMemory<byte> Body, MediaTypeHeaderValue ContentType)
{
    /// <summary>Gets a value that indicates whether the caller reads the answer's body.</summary>
    public bool WantsBody { get; init; }

    /// <summary>Gets the reader of a 200 answer's body as it arrives; the time limit then covers the head only. Null to read it whole.</summary>
    public IUpstreamBodyReader? Reader { get; init; }

    /// <summary>Gets the event's place and time.</summary>
    public EventMark Mark { get; init; }
}
