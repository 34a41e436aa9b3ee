using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>
/// Represents one connection to Redis. Commands are sent and answered in the order of the calls. Messages of subscriptions arrive in the order
/// in which Redis sent them, across all channels. (StackExchange.Redis keeps the order within a channel only.)
/// </summary>
internal sealed class RespConnection : IAsyncDisposable
{
    private static readonly ReadOnlyMemory<byte>[] PingCommand = [Part("PING")];
    private static readonly ReadOnlyMemory<byte>[] AskingCommand = [Part("ASKING")];

    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly Action<RespConnection, RespValue> _onPush;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate.
    private readonly Queue<Awaited> _awaited = new();
    private ArrayBufferWriter<byte> _toWrite = new();
    private ArrayBufferWriter<byte> _spare = new();
    private bool _isWriting;
    private volatile Exception? _failure;

    private RespConnection(Stream stream, Action<RespConnection, RespValue> onPush)
    {
        _stream = stream;
        _onPush = onPush;
    }

    /// <summary>Gets a task that completes when the connection ends; it never fails.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Gets the reason why the connection has ended; null while it is open.</summary>
    public Exception? Failure => _failure;

    /// <summary>Gets a value that indicates whether the connection has ended.</summary>
    public bool IsLost => _failure is not null;

    /// <summary>Connects and starts to read. <paramref name="onPush"/> is called by one thread at a time and must not block.</summary>
    /// <param name="server">The address.</param>
    /// <param name="tlsHost">The name that the certificate must have; null for a connection without TLS.</param>
    /// <param name="onPush">Takes pushed values.</param>
    /// <param name="cancel">Cancels the attempt.</param>
    public static async Task<RespConnection> OpenAsync(
        RedisEndpoint server, string? tlsHost, Action<RespConnection, RespValue> onPush, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancel);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (tlsHost is not null)
            {
                var ssl = new SslStream(stream);
                await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tlsHost }, cancel);
                stream = ssl;
            }

            var connection = new RespConnection(stream, onPush);
            _ = connection.ReadAsync();
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and returns its answer.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">The connection is lost; the command may or may not have been executed.</exception>
    public async Task<RespValue> AskAsync(params ReadOnlyMemory<byte>[] command)
    {
        var answer = await Ask(command, isPushed: false);
        ThrowIfError(answer);
        return answer;
    }

    /// <summary>Sends a command to the server that is about to take over the key's slot, after an <c>ASK</c> redirection by its owner.</summary>
    public async Task<RespValue> AskAheadAsync(params ReadOnlyMemory<byte>[] command)
    {
        Task<RespValue> asked;
        lock (_gate)
        {
            Await(null, isPushed: false, AskingCommand);
            asked = Ask(command, isPushed: false);
        }

        var answer = await asked;
        ThrowIfError(answer);
        return answer;
    }

    /// <summary>
    /// Sends a command whose answers are pushes, such as SUBSCRIBE, and completes when they have arrived. Their number is not always known,
    /// and a refusal is not a push: the answer to a PING behind the command marks the end.
    /// </summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async Task SubscribeAsync(params ReadOnlyMemory<byte>[] command)
    {
        Task<RespValue> heard;
        lock (_gate)
        {
            heard = Ask(command, isPushed: true);
            Await(null, isPushed: false, PingCommand);
        }

        ThrowIfError(await heard);
    }

    public async ValueTask DisposeAsync()
    {
        Fail(new IOException("The connection was closed."));
        await _stream.DisposeAsync();
    }

    /// <summary>Returns a text as a part of a command.</summary>
    public static ReadOnlyMemory<byte> Part(string text) => Encoding.UTF8.GetBytes(text);

    private static IOException Lost(Exception why) => new("The connection to Redis is lost: " + why.Message, why);

    private static void ThrowIfError(RespValue answer)
    {
        if (answer.IsError)
        {
            throw new RedisException(answer.Text);
        }
    }

    private Task<RespValue> Ask(ReadOnlyMemory<byte>[] command, bool isPushed)
    {
        var answer = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is not null)
            {
                return Task.FromException<RespValue>(Lost(_failure));
            }

            Await(answer, isPushed, command);
        }

        return answer.Task;
    }

    // Under _gate.
    private void Await(TaskCompletionSource<RespValue>? answer, bool isPushed, ReadOnlyMemory<byte>[] command)
    {
        if (_failure is null)
        {
            _awaited.Enqueue(new Awaited(answer, isPushed));
            Write(command);
        }
    }

    // Under _gate.
    private void Write(ReadOnlyMemory<byte>[] command)
    {
        WriteHeader('*', command.Length);
        foreach (var part in command)
        {
            WriteHeader('$', part.Length);
            _toWrite.Write(part.Span);
            _toWrite.Write("\r\n"u8);
        }

        if (!_isWriting)
        {
            _isWriting = true;
            _ = FlushAsync();
        }
    }

    private void WriteHeader(char marker, int number)
    {
        var span = _toWrite.GetSpan(16);
        span[0] = (byte)marker;
        number.TryFormat(span[1..], out var digits, provider: CultureInfo.InvariantCulture);
        span[digits + 1] = (byte)'\r';
        span[digits + 2] = (byte)'\n';
        _toWrite.Advance(digits + 3);
    }

    private async Task FlushAsync()
    {
        // Commands that other threads add meanwhile are sent with the next write.
        await Task.Yield();
        try
        {
            while (true)
            {
                ArrayBufferWriter<byte> batch;
                lock (_gate)
                {
                    if (_toWrite.WrittenCount == 0 || _failure is not null)
                    {
                        _isWriting = false;
                        return;
                    }

                    (batch, _toWrite, _spare) = (_toWrite, _spare, _toWrite);
                }

                await _stream.WriteAsync(batch.WrittenMemory);
                batch.ResetWrittenCount();
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Fail(exception);
        }
    }

    private async Task ReadAsync()
    {
        var input = PipeReader.Create(_stream);
        var reader = new RespReader(RespLimits.Default);
        try
        {
            while (true)
            {
                var result = await input.ReadAsync();
                var buffer = result.Buffer;
                while (reader.TryRead(ref buffer, out var value))
                {
                    Take(value);
                }

                // The reader holds the value that is not complete yet.
                input.AdvanceTo(buffer.End);
                if (result.IsCompleted)
                {
                    throw new IOException("Redis has closed the connection.");
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Fail(exception);
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    private void Take(RespValue value)
    {
        if (value.IsPush)
        {
            _onPush(this, value);
            return;
        }

        lock (_gate)
        {
            while (_awaited.TryDequeue(out var awaited))
            {
                if (!awaited.IsPushed || value.IsError)
                {
                    awaited.Answer?.TrySetResult(value);
                    return;
                }

                // Its pushes have arrived: this value is the answer to the next command.
                awaited.Answer?.TrySetResult(RespValue.Null);
            }
        }
    }

    private void Fail(Exception exception)
    {
        Awaited[] awaited;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = exception;
            awaited = [.. _awaited];
            _awaited.Clear();
        }

        foreach (var one in awaited)
        {
            one.Answer?.TrySetException(Lost(exception));
        }

        _stream.Dispose();
        _ended.TrySetResult();
    }

    /// <param name="Answer">Takes the answer; null if no caller waits for it.</param>
    /// <param name="IsPushed">True if the answers are pushes, unless it is an error.</param>
    private readonly record struct Awaited(TaskCompletionSource<RespValue>? Answer, bool IsPushed);
}
