using System.Buffers;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>The result of an upstream call.</summary>
internal enum UpstreamResult
{
    /// <summary>No template matches the event.</summary>
    NoTemplate,

    /// <summary>The matching template does not form a valid URL with the names.</summary>
    BadUrl,

    /// <summary>The URL refers to a Key Vault secret that has not been read.</summary>
    NoSecret,

    /// <summary>The template requires an identity token, and the gateway could not get one.</summary>
    NoIdentity,

    /// <summary>The endpoint has failed so often that it is not called for some time.</summary>
    CircuitOpen,

    /// <summary>The call got no connection to the host: the detail has the reason and the setting that decides it.</summary>
    NoConnection,

    /// <summary>The upstream answered with a status; the body is read if it was requested and the status is 200.</summary>
    Answered,

    /// <summary>The connection could not be opened, or broke before the answer's headers.</summary>
    Failed,

    /// <summary>The time limit expired before the answer's headers.</summary>
    TimedOut,

    /// <summary>The caller cancelled the call.</summary>
    Cancelled,

    /// <summary>The answer's body exceeds the limit.</summary>
    TooLarge,

    /// <summary>The time limit expired while the body was read.</summary>
    BodyTimedOut,

    /// <summary>The body broke off.</summary>
    BodyFailed,
}

/// <summary>Represents the outcome of an upstream call. Its body is rented: dispose it once, after the body has been read.</summary>
internal readonly struct UpstreamOutcome(UpstreamResult result, int status = 0, byte[]? rented = null, int length = 0, string? detail = null)
    : IDisposable
{
    public UpstreamResult Result { get; } = result;

    /// <summary>Gets the HTTP status; 0 without an answer.</summary>
    public int Status { get; } = status;

    /// <summary>Gets the error, without secrets; null if there was none.</summary>
    public string? Detail { get; } = detail;

    /// <summary>Gets the body; empty if the answer has none or it was not requested.</summary>
    public ReadOnlySpan<byte> Body => rented.AsSpan(0, length);

    /// <summary>Gets a value that indicates whether the call ended before its request was sent.</summary>
    public bool IsUnsent { get; init; }

    /// <summary>Gets the share of a large body in the bytes that the node holds; null for a small body.</summary>
    public HeldBytes? Held { get; init; }

    /// <summary>Gets a value that indicates whether an earlier attempt was sent.</summary>
    public bool WasSentBefore { get; init; }

    /// <summary>Gets a value that indicates whether the request was sent to the upstream, which answered it or took too long.</summary>
    public bool WasSent => WasSentBefore || (!IsUnsent && Result is UpstreamResult.Answered or UpstreamResult.TimedOut or UpstreamResult.Cancelled
        or UpstreamResult.TooLarge or UpstreamResult.BodyTimedOut or UpstreamResult.BodyFailed);

    /// <summary>Gets a value that indicates whether the status is a 2xx.</summary>
    public bool IsSuccess => Result == UpstreamResult.Answered && Status is >= 200 and <= 299;

    public void Dispose()
    {
        Held?.Dispose();
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
