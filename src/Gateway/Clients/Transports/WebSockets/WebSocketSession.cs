using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>
/// Runs one client's WebSocket from the upgrade to its end: reads frames, unmasks them and passes the bytes to the hub session. Invalid
/// input ends only the client's own connection.
/// </summary>
internal sealed class WebSocketSession
{
    private const int BytesPerTurn = 64 * 1024;

    private readonly PipeReader _input;
    private readonly ClientConnection _connection;
    private readonly HubSession _hub;
    private InboundBuffer _inbound;
    private WebSocketFrameHeader _frame;
    private long _frameLeft;
    private long _sinceYield;
    private bool _inFrame;
    private bool _inMessage;
    private bool _framingLost;
    private bool _closeReceived;

    public WebSocketSession(PipeReader input, ClientConnection connection, HubSession hub)
    {
        _input = input;
        _connection = connection;
        _hub = hub;
    }

    /// <summary>Runs until the client has gone, or until the connection waits for it to return over another transport. Does not throw.</summary>
    /// <param name="isResumed">The client has returned to a session that is already running.</param>
    public async Task RunAsync(bool isResumed = false)
    {
        if (!isResumed)
        {
            _hub.Start();
        }

        var isSuspended = false;
        try
        {
            isSuspended = !await ReadToEndAsync();
            if (!isSuspended)
            {
                await _connection.WaitForOutputEndAsync();
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            isSuspended = _hub.Failed(exception);
        }
        finally
        {
            _inbound.Release();
            _hub.Settle(in _inbound);
            if (!isSuspended)
            {
                _hub.End();
            }
        }
    }

    // Returns false if the transport is lost but the session continues.
    private async Task<bool> ReadToEndAsync()
    {
        while (!_closeReceived)
        {
            var result = await _input.ReadAsync();
            var buffer = result.Buffer;
            var length = buffer.Length;
            ProcessGuarded(ref buffer);
            _input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted && !_closeReceived)
            {
                return !_hub.Lost();
            }

            _hub.Settle(in _inbound);
            if (_hub.HoldReading(_input) is { } held)
            {
                await held;
                if (_connection.IsClosing)
                {
                    _inbound.Release();
                    _hub.Settle(in _inbound);
                }
            }

            // The socket's thread serves other connections too, so a client that sends without a pause yields it from time to time.
            _sinceYield += length;
            if (_sinceYield >= BytesPerTurn)
            {
                _sinceYield = 0;
                await Task.Yield();
            }
        }

        return true;
    }

    // A client that violates the protocol receives an error and is closed. Bytes that it sends meanwhile are read and discarded: a socket
    // that is closed with unread bytes is reset, and the client would not receive the error.
    private void ProcessGuarded(ref ReadOnlySequence<byte> buffer)
    {
        try
        {
            if (!_framingLost)
            {
                Process(ref buffer);
                return;
            }
        }
        catch (WebSocketProtocolException exception)
        {
            _framingLost = true;
            _hub.Refuse(exception);
        }
        catch (Exception exception) when (exception is HubProtocolException or HubMessageTooLargeException)
        {
            _hub.Refuse(exception);
            ProcessGuarded(ref buffer);
            return;
        }

        buffer = buffer.Slice(buffer.End);
    }

    private void Process(ref ReadOnlySequence<byte> buffer)
    {
        while (!_closeReceived)
        {
            if (!_inFrame)
            {
                if (!WebSocketFrameHeader.TryRead(ref buffer, out _frame))
                {
                    return;
                }

                CheckSequence();
                _frameLeft = _frame.Length;
                _inFrame = true;
            }

            if (_frame.IsControl ? !TryReadControl(ref buffer) : !TryReadData(ref buffer))
            {
                return;
            }

            _inFrame = false;
        }
    }

    private void CheckSequence()
    {
        if (_frame.IsControl)
        {
            return;
        }

        if (_inMessage != (_frame.Opcode == WebSocketOpcode.Continuation))
        {
            throw new WebSocketProtocolException("A WebSocket message's fragments are out of order.");
        }

        _inMessage = !_frame.Fin;
    }

    // A hub message may be split over WebSocket messages, and several may share one. A frame's end only triggers a search for messages.
    private bool TryReadData(ref ReadOnlySequence<byte> buffer)
    {
        while (_frameLeft > 0 && !buffer.IsEmpty)
        {
            var span = buffer.FirstSpan;
            var part = span[..(int)Math.Min(span.Length, _frameLeft)];
            if (!_connection.IsClosing)
            {
                WebSocketMask.Remove(part, _inbound.Extend(part.Length), _frame.Mask, (int)((_frame.Length - _frameLeft) & 3));
            }

            _frameLeft -= part.Length;
            buffer = buffer.Slice(part.Length);
            if (_inbound.Length > _hub.MaxMessageBytes)
            {
                _hub.Receive(ref _inbound);
            }
        }

        if (_frameLeft > 0)
        {
            return false;
        }

        _hub.Receive(ref _inbound);
        return true;
    }

    private bool TryReadControl(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < _frameLeft)
        {
            return false;
        }

        var body = buffer.Slice(0, _frameLeft);
        buffer = buffer.Slice(_frameLeft);
        switch (_frame.Opcode)
        {
            case WebSocketOpcode.Ping:
                Pong(body);
                break;
            case WebSocketOpcode.Close:
                _closeReceived = true;
                _connection.CloseByClient();
                break;
            default:
                break;
        }

        return true;
    }

    private void Pong(ReadOnlySequence<byte> masked)
    {
        if (_connection.IsClosing)
        {
            return;
        }

        Span<byte> copy = stackalloc byte[125];
        masked.CopyTo(copy);
        var body = copy[..(int)masked.Length];
        WebSocketMask.Remove(body, body, _frame.Mask, 0);
        _connection.Send(Frame.Control(WebSocketOpcode.Pong, body));
    }
}
