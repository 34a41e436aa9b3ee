using System.Net.Http.Headers;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Sockets;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>Represents the HTTP request with which a function receives an event (docs/contract/upstream-requests.md#requests).</summary>
internal sealed class EventRequest : HttpRequestMessage
{
    private readonly UpstreamSender _sender;
    private readonly SenderHeaders _constant;
    private readonly string _category;
    private readonly string _event;
    private readonly string? _encodedHeaders;
    private readonly UpstreamEvent? _marked;
    private string? _mediaType;
    private ReadOnlyMemory<byte> _body;

    /// <summary>Creates the request without its <c>X-Gateway-Signature</c>; see <see cref="Sign"/>.</summary>
    public EventRequest(
        Uri url,
        UpstreamSender sender,
        HeaderEncoding encoding,
        string category,
        string eventName,
        ReadOnlyMemory<byte> body,
        MediaTypeHeaderValue contentType,
        UpstreamEvent? marked = null)
        : base(HttpMethod.Post, url)
    {
        Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = contentType } };
        _sender = sender;
        _constant = sender.HeadersIn(encoding);
        _category = category;
        _marked = marked;
        _mediaType = contentType.MediaType;
        _body = body;
        var encoded = _constant.EncodedHeaders ?? "";
        _event = SenderHeaders.Value(UpstreamHeaders.Event, eventName, encoding, ref encoded)!;
        _encodedHeaders = encoded.Length == 0 ? null : encoded;

        // In the emulator's order; headers that the service does not have come last.
        Headers.TryAddWithoutValidation(UpstreamHeaders.ConnectionId, sender.ConnectionId);
        Headers.TryAddWithoutValidation(UpstreamHeaders.Hub, sender.Hub);
        Headers.TryAddWithoutValidation(UpstreamHeaders.Category, category);
        Headers.TryAddWithoutValidation(UpstreamHeaders.Event, _event);
        AddUnlessNull(UpstreamHeaders.UserId, _constant.UserId);
        AddUnlessNull(UpstreamHeaders.UserClaims, _constant.Claims);
        AddUnlessNull(UpstreamHeaders.ClientQuery, _constant.ClientQuery);
        Headers.TryAddWithoutValidation(UpstreamHeaders.Signature, sender.Signature);
        AddUnlessNull(GatewayHeaders.EncodedHeaders, _encodedHeaders);
        marked?.Mark(this);
    }

    /// <summary>Gets the category: a value of <see cref="UpstreamCategories"/>.</summary>
    public string Category => _category;

    /// <summary>Gets the connection's hub.</summary>
    public string Hub => _sender.Hub;

    /// <summary>Gets the use of the connection that the request was last written to.</summary>
    public ConnectionUse Use { get; } = new();

    /// <summary>Signs the request as it is now. Call it right before each sending, because receivers refuse old signatures.</summary>
    public void Sign(DateTimeOffset now)
    {
        Headers.Remove(GatewayHeaders.Signature);
        Headers.TryAddWithoutValidation(GatewayHeaders.Signature, _sender.Signer.Sign(
            new SignedRequest
            {
                Sender = _constant.Digest,
                Category = _category,
                Event = _event,
                MediaType = _mediaType,
                EncodedHeaders = _encodedHeaders,
                EventId = _marked?.Id,
                EventSequence = _marked?.SequenceText,
                EventAttempt = _marked?.AttemptText,
                EventTime = _marked?.TimeText,
                Body = _body.Span,
            },
            now));
    }

    /// <summary>Turns the request into the one that follows a redirect to the same host.</summary>
    /// <param name="target">The new address.</param>
    /// <param name="keepsBody">True if it stays a POST with its body; otherwise it becomes a GET without a body.</param>
    public void Redirect(Uri target, bool keepsBody)
    {
        RequestUri = target;
        if (!keepsBody)
        {
            Method = HttpMethod.Get;
            Content = null;
            _mediaType = null;
            _body = default;
        }
    }

    private void AddUnlessNull(string name, string? value)
    {
        if (value is not null)
        {
            Headers.TryAddWithoutValidation(name, value);
        }
    }
}
