using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// Represents a client that sends by POST. Reads its POST bodies one at a time into its hub session; the transport writes to the client.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "Both hold only memory unless a wait handle is requested, and a late POST may still use both.")]
internal sealed class HttpSession
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private InboundBuffer _inbound;

    public HttpSession(ClientConnection connection, HubSessionServices services)
    {
        Connection = connection;
        Hub = new HubSession(connection, services);
    }

    public ClientConnection Connection { get; }

    public HubSession Hub { get; }

    /// <summary>Reads the body of one POST to its end, after the bodies before it. Messages may be split over bodies.</summary>
    public async Task ReceiveAsync(PipeReader body, CancellationToken aborted)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, _ended.Token);
        try
        {
            await _reading.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await ReadAsync(body, either.Token);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The connection ended before the body did.
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>
    /// Ends the session after its transport: waits for the POST in progress, removes the connection from every table and reports it to
    /// the upstream.
    /// </summary>
    public async Task EndAsync()
    {
        await _ended.CancelAsync();
        await _reading.WaitAsync();
        try
        {
            _inbound.Release();
            Hub.Settle(in _inbound);
            Hub.End();
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task ReadAsync(PipeReader body, CancellationToken cancelled)
    {
        // The read does not take the token itself: cancelled that way, Kestrel's reader cannot skip the rest of the body.
        using var ending = cancelled.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
        while (true)
        {
            cancelled.ThrowIfCancellationRequested();
            var result = await body.ReadAsync(CancellationToken.None);
            Take(result.Buffer);
            body.AdvanceTo(result.Buffer.End);
            Hub.Settle(in _inbound);
            if (Hub.HoldReading(input: null, cancelled) is { } held)
            {
                await held;
                if (Connection.IsClosing)
                {
                    _inbound.Release();
                    Hub.Settle(in _inbound);
                }
            }

            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    // A client that violates the protocol receives an error and is closed; the rest of its body is read and discarded.
    private void Take(in ReadOnlySequence<byte> bytes)
    {
        try
        {
            foreach (var part in bytes)
            {
                if (Connection.IsClosing)
                {
                    return;
                }

                _inbound.Append(part.Span);
                if (_inbound.Length > Hub.MaxMessageBytes)
                {
                    Hub.Receive(ref _inbound);
                }
            }

            Hub.Receive(ref _inbound);
        }
        catch (Exception exception) when (exception is HubProtocolException or HubMessageTooLargeException)
        {
            Hub.Refuse(exception);
            _inbound.Release();
        }
    }
}
