using System.Buffers;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>How an upstream call ended.</summary>
internal enum UpstreamResult
{
    /// <summary>No template matches the event.</summary>
    NoTemplate,

    /// <summary>The matching template and the names make no URL.</summary>
    BadUrl,

    /// <summary>The URL refers to a Key Vault secret that has not been read.</summary>
    NoSecret,

    /// <summary>The template asks for an identity token, and there is none.</summary>
    NoIdentity,

    /// <summary>The endpoint has failed so often that it is not asked for a while.</summary>
    CircuitOpen,

    /// <summary>There was no connection to the host for the call in time, or it may have none: the detail says why, and which setting decides.</summary>
    NoConnection,

    /// <summary>There is a status; the body is read if it was asked for and the status is 200.</summary>
    Answered,

    /// <summary>No connection, or it broke before the answer's headers.</summary>
    Failed,

    /// <summary>The time limit was over before the answer's headers.</summary>
    TimedOut,

    /// <summary>Nobody wanted the answer any more.</summary>
    Cancelled,

    /// <summary>The answer's body is over the limit.</summary>
    TooLarge,

    /// <summary>The time limit was over while the body was read.</summary>
    BodyTimedOut,

    /// <summary>The body broke off.</summary>
    BodyFailed,
}

/// <summary>An upstream's answer. Its body is rented: dispose it when it has been read, once.</summary>
internal readonly struct UpstreamOutcome(UpstreamResult result, int status = 0, byte[]? rented = null, int length = 0, string? detail = null)
    : IDisposable
{
    public UpstreamResult Result { get; } = result;

    /// <summary>The HTTP status; 0 without an answer.</summary>
    public int Status { get; } = status;

    /// <summary>What went wrong, without secrets; null if nothing.</summary>
    public string? Detail { get; } = detail;

    /// <summary>The body; empty if there is none or it was not asked for.</summary>
    public ReadOnlySpan<byte> Body => rented.AsSpan(0, length);

    /// <summary>It ended before it was sent.</summary>
    public bool IsUnsent { get; init; }

    /// <summary>A large body's place in what the node holds; null where it has none.</summary>
    public HeldBytes? Held { get; init; }

    /// <summary>An earlier attempt was sent.</summary>
    public bool WasSentBefore { get; init; }

    /// <summary>The upstream has been sent the request: it answered, or took too long for it.</summary>
    public bool WasSent => WasSentBefore || (!IsUnsent && Result is UpstreamResult.Answered or UpstreamResult.TimedOut or UpstreamResult.Cancelled
        or UpstreamResult.TooLarge or UpstreamResult.BodyTimedOut or UpstreamResult.BodyFailed);

    /// <summary>Any 2xx.</summary>
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
