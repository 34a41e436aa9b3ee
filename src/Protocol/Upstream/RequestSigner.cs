using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Protocol;

/// <summary>
/// Creates and verifies <c>X-Gateway-Signature</c>, which covers a whole upstream request, whereas the service's <c>X-ASRS-Signature</c>
/// covers only the connection id. Thread-safe.
/// </summary>
/// <remarks>
/// <code>
/// X-Gateway-Signature: t=&lt;seconds since 1970&gt;,sha256=&lt;hex&gt;,sha256=&lt;hex&gt;      one per access key, primary first
///
/// signature = HMAC-SHA256(key, message)          key = HMAC-SHA256(access key as UTF-8, "X-Gateway-Signature")
/// message   = SHA-256(field(X-ASRS-Connection-Id) field(X-ASRS-Hub) field(X-ASRS-User-Id) field(X-ASRS-User-Claims) field(X-ASRS-Client-Query))
///             t as 8 bytes
///             field(X-ASRS-Category) field(X-ASRS-Event) field(media type) field(X-Gateway-Encoded-Headers)
///             field(X-Gateway-Event-Id) field(X-Gateway-Event-Sequence) field(X-Gateway-Event-Attempt) field(X-Gateway-Event-Time)
///             field(body)
/// field(x)  = length of x in bytes as 4 bytes, x as UTF-8; an absent header is empty. Numbers are big-endian.
/// </code>
/// Header values are signed as the request carries them; the media type is that of <c>Content-Type</c> in lower case, without parameters.
/// </remarks>
public sealed class RequestSigner
{
    /// <summary>The length of <see cref="DigestSender"/>'s result, in bytes.</summary>
    public const int DigestBytes = SHA256.HashSizeInBytes;

    private const string TimeMark = "t=";
    private const string Scheme = "sha256=";
    private const int SignatureLength = 1 + 7 + (2 * SHA256.HashSizeInBytes);
    private const int ShortMessage = 1024;
    private const int ShortHeader = 256;
    private const int ShortBody = 256;
    private const int Fields = 9;

    // OpenSSL takes longer to create a hash than to hash a small request, so each thread caches the hashes of the signer that it used last.
    [ThreadStatic]
    private static Hashes? _hashes;

    private readonly byte[][] _keys;

    /// <summary>Initializes a new instance with the gateway's access keys, or with one of them to verify requests.</summary>
    /// <param name="accessKeys">The access keys, primary first.</param>
    public RequestSigner(IEnumerable<string> accessKeys) =>
        _keys = [.. accessKeys.Select(static key => HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "X-Gateway-Signature"u8))];

    /// <summary>Returns the digest of the headers that do not change during a connection. Absent values are null.</summary>
    /// <param name="connectionId">The value of <see cref="UpstreamHeaders.ConnectionId"/>.</param>
    /// <param name="hub">The value of <see cref="UpstreamHeaders.Hub"/>.</param>
    /// <param name="userId">The value of <see cref="UpstreamHeaders.UserId"/>.</param>
    /// <param name="claims">The value of <see cref="UpstreamHeaders.UserClaims"/>.</param>
    /// <param name="clientQuery">The value of <see cref="UpstreamHeaders.ClientQuery"/>.</param>
    /// <returns>The digest, for <see cref="SignedRequest.Sender"/>.</returns>
    public static byte[] DigestSender(string? connectionId, string? hub, string? userId, string? claims, string? clientQuery)
    {
        ReadOnlySpan<string?> values = [connectionId, hub, userId, claims, clientQuery];
        var length = 0;
        foreach (var value in values)
        {
            length += sizeof(int) + Encoding.UTF8.GetByteCount(value ?? "");
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        var written = 0;
        foreach (var value in values)
        {
            written += WriteField(rented.AsSpan(written), value);
        }

        var digest = SHA256.HashData(rented.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(rented);
        return digest;
    }

    /// <summary>Returns the header's value for a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time at which the request is sent.</param>
    /// <returns>The value of <see cref="GatewayHeaders.Signature"/>.</returns>
    public string Sign(in SignedRequest request, DateTimeOffset now)
    {
        var time = now.ToUnixTimeSeconds();
        var rented = Rent(in request, out var length);
        Span<byte> message = rented is null ? stackalloc byte[ShortMessage] : rented;
        message = message[..Write(message[..length], in request, time)];

        var longest = TimeMark.Length + 20 + (SignatureLength * _keys.Length);
        Span<char> header = longest <= ShortHeader ? stackalloc char[ShortHeader] : new char[longest];
        header.TryWrite(CultureInfo.InvariantCulture, $"{TimeMark}{time}", out var written);
        Span<byte> signature = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var hash in ThreadHashes())
        {
            Compute(hash, message, in request, signature);
            header[written++] = ',';
            Scheme.CopyTo(header[written..]);
            written += Scheme.Length;
            Convert.TryToHexStringLower(signature, header[written..], out var digits);
            written += digits;
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new string(header[..written]);
    }

    /// <summary>
    /// Verifies that a signature in the header matches one of the keys, and that its time is fresh. Hashes are compared in fixed time.
    /// </summary>
    /// <param name="header">The value of <see cref="GatewayHeaders.Signature"/>.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">The current time.</param>
    /// <param name="tolerance">The maximum difference between the signature's time and <paramref name="now"/>, in either direction.</param>
    /// <returns>The result.</returns>
    public RequestSignatureResult Verify(string header, in SignedRequest request, DateTimeOffset now, TimeSpan tolerance)
    {
        if (!TryReadTime(header, out var time))
        {
            return RequestSignatureResult.Malformed;
        }

        var rented = Rent(in request, out var length);
        Span<byte> message = rented is null ? stackalloc byte[ShortMessage] : rented;
        message = message[..Write(message[..length], in request, time)];
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        var matches = false;
        foreach (var hash in ThreadHashes())
        {
            Compute(hash, message, in request, expected);
            foreach (var part in header.AsSpan().Split(','))
            {
                matches |= UpstreamSignature.TryRead(header.AsSpan()[part], given) && CryptographicOperations.FixedTimeEquals(expected, given);
            }
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return !matches ? RequestSignatureResult.Wrong
            : Math.Abs(now.ToUnixTimeSeconds() - time) > tolerance.TotalSeconds ? RequestSignatureResult.Stale
            : RequestSignatureResult.Right;
    }

    // The first part, digits only.
    private static bool TryReadTime(ReadOnlySpan<char> header, out long time)
    {
        time = 0;
        var end = header.IndexOf(',');
        return end > TimeMark.Length
            && header.StartsWith(TimeMark, StringComparison.Ordinal)
            && end - TimeMark.Length <= 12
            && long.TryParse(header[TimeMark.Length..end], NumberStyles.None, CultureInfo.InvariantCulture, out time);
    }

    // Returns null if the message is short enough for the stack.
    private static byte[]? Rent(in SignedRequest request, out int length)
    {
        length = DigestBytes + sizeof(long) + (Fields * sizeof(int)) + (IsShort(in request) ? request.Body.Length : 0) + Encoding.UTF8.GetMaxByteCount(
            Length(request.Category) + Length(request.Event) + Length(request.MediaType) + Length(request.EncodedHeaders)
            + Length(request.EventId) + Length(request.EventSequence) + Length(request.EventAttempt) + Length(request.EventTime));
        if (length > ShortMessage)
        {
            return ArrayPool<byte>.Shared.Rent(length);
        }

        length = ShortMessage;
        return null;
    }

    // A short body is appended to the rest, because one call of the hash is cheaper than two.
    private static bool IsShort(in SignedRequest request) => request.Body.Length <= ShortBody;

    private static int Length(string? text) => text?.Length ?? 0;

    private static int Write(Span<byte> message, in SignedRequest request, long time)
    {
        request.Sender.CopyTo(message);
        var written = DigestBytes;
        BinaryPrimitives.WriteInt64BigEndian(message[written..], time);
        written += sizeof(long);
        written += WriteField(message[written..], request.Category);
        written += WriteField(message[written..], request.Event);
        written += WriteField(message[written..], request.MediaType);
        written += WriteField(message[written..], request.EncodedHeaders);
        written += WriteField(message[written..], request.EventId);
        written += WriteField(message[written..], request.EventSequence);
        written += WriteField(message[written..], request.EventAttempt);
        written += WriteField(message[written..], request.EventTime);
        BinaryPrimitives.WriteInt32BigEndian(message[written..], request.Body.Length);
        written += sizeof(int);
        if (IsShort(in request))
        {
            request.Body.CopyTo(message[written..]);
            written += request.Body.Length;
        }

        return written;
    }

    private static void Compute(IncrementalHash hash, ReadOnlySpan<byte> message, in SignedRequest request, Span<byte> signature)
    {
        hash.AppendData(message);
        if (!IsShort(in request))
        {
            hash.AppendData(request.Body);
        }

        hash.GetHashAndReset(signature);
    }

    private IncrementalHash[] ThreadHashes()
    {
        if (_hashes is not { } hashes || hashes.Owner != this)
        {
            hashes = new Hashes(this, [.. _keys.Select(static key => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key))]);
            _hashes = hashes;
        }

        return hashes.PerKey;
    }

    private static int WriteField(Span<byte> output, string? value)
    {
        var length = Encoding.UTF8.GetBytes(value ?? "", output[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(output, length);
        return sizeof(int) + length;
    }

    private sealed record Hashes(RequestSigner Owner, IncrementalHash[] PerKey);
}

/// <summary>Represents the parts of a request that <see cref="RequestSigner"/> signs. Absent values are null or empty.</summary>
public readonly ref struct SignedRequest
{
    /// <summary>Gets the result of <see cref="RequestSigner.DigestSender"/>.</summary>
    public required ReadOnlySpan<byte> Sender { get; init; }

    /// <summary>Gets the value of <see cref="UpstreamHeaders.Category"/>.</summary>
    public string? Category { get; init; }

    /// <summary>Gets the value of <see cref="UpstreamHeaders.Event"/>.</summary>
    public string? Event { get; init; }

    /// <summary>Gets the body's media type, in lower case and without parameters.</summary>
    public string? MediaType { get; init; }

    /// <summary>Gets the value of <see cref="GatewayHeaders.EncodedHeaders"/>.</summary>
    public string? EncodedHeaders { get; init; }

    /// <summary>Gets the value of <see cref="EventHeaders.Id"/>.</summary>
    public string? EventId { get; init; }

    /// <summary>Gets the value of <see cref="EventHeaders.Sequence"/>.</summary>
    public string? EventSequence { get; init; }

    /// <summary>Gets the value of <see cref="EventHeaders.Attempt"/>.</summary>
    public string? EventAttempt { get; init; }

    /// <summary>Gets the value of <see cref="EventHeaders.Time"/>.</summary>
    public string? EventTime { get; init; }

    /// <summary>Gets the whole body.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}

/// <summary>Specifies the result of verifying a request's signature.</summary>
public enum RequestSignatureResult
{
    /// <summary>A signature matches and is fresh.</summary>
    Right,

    /// <summary>The value does not have the header's form.</summary>
    Malformed,

    /// <summary>No signature matches the request.</summary>
    Wrong,

    /// <summary>A signature matches, but its time is outside of the tolerance.</summary>
    Stale,
}
