using System.Net.Http.Headers;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>One event on its way to its function. The body must not change until the call has ended.</summary>
/// <param name="Sender">The connection that the event is from.</param>
/// <param name="Category">A value of <see cref="Serverless.Protocol.UpstreamCategories"/>.</param>
/// <param name="EventName">The event, or the invocation's target.</param>
/// <param name="Body">The request's body.</param>
/// <param name="ContentType">The body's media type.</param>
internal readonly record struct UpstreamCall(
    UpstreamSender Sender, string Category, string EventName, ReadOnlyMemory<byte> Body, MediaTypeHeaderValue ContentType)
{
    /// <summary>True when the caller reads the answer's body.</summary>
    public bool WantsBody { get; init; }

    /// <summary>Reads the body of a 200 as it arrives; the time limit then covers the head alone. Null for an answer that is read whole.</summary>
    public IUpstreamBodyReader? Reader { get; init; }

    /// <summary>The event's place and time.</summary>
    public EventMark Mark { get; init; }
}
