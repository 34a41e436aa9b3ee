using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.InProcess;

/// <summary>One call of a viewer: raw JSON arguments in, JSON items out, no faster than the viewer reads them.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing that must be disposed of, and a late cancel may still come.")]
internal sealed class GatewayCall
{
    private readonly ClientConnection _connection;
    private readonly HubProtocol _protocol;
    private readonly SemaphoreSlim _turn;
    private readonly CancellationTokenSource _cancelled = new();
    private bool _isCompleted;

    /// <param name="connection">The viewer.</param>
    /// <param name="turn">Lets the connection's calls send one at a time.</param>
    /// <param name="protocol">The viewer's protocol.</param>
    /// <param name="message">The invocation; its bytes are copied.</param>
    public GatewayCall(ClientConnection connection, SemaphoreSlim turn, HubProtocol protocol, in HubMessage message)
    {
        _connection = connection;
        _turn = turn;
        _protocol = protocol;
        Id = message.InvocationId;
        IsStream = message.Type == HubMessageType.StreamInvocation;
        Method = message.Target!;
        Arguments = ToJson(protocol, message.Arguments);
    }

    /// <summary>Gets the invocation's id; null when the viewer wants no answer.</summary>
    public string? Id { get; }

    /// <summary>True when the viewer wants items; false when it wants one result.</summary>
    public bool IsStream { get; }

    /// <summary>Gets the method's name as the viewer wrote it.</summary>
    public string Method { get; }

    /// <summary>Gets the arguments, a JSON array.</summary>
    public ReadOnlyMemory<byte> Arguments { get; }

    /// <summary>Gets the id of the viewer's connection.</summary>
    public string ConnectionId => _connection.Id;

    /// <summary>Gets a token that is cancelled when the viewer has cancelled the call, or has gone.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Cancels the call, on another thread.</summary>
    public void Cancel() => _ = _cancelled.CancelAsync();

    /// <summary>Returns the first argument.</summary>
    /// <param name="kind">The JSON type that it must have.</param>
    /// <returns>The argument; null when it is absent or null.</returns>
    /// <exception cref="GatewayCallException">It has another type.</exception>
    public JsonElement? Argument(JsonValueKind kind)
    {
        using var arguments = JsonDocument.Parse(Arguments);
        if (arguments.RootElement.GetArrayLength() == 0 || arguments.RootElement[0].ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var first = arguments.RootElement[0];
        return first.ValueKind == kind ? first.Clone() : throw new GatewayCallException($"The first argument of '{Method}' must be of the JSON type {kind}.");
    }

    /// <summary>Sends one item, a JSON value, when the viewer has room for it.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> item)
    {
        if (Id is null || _isCompleted)
        {
            return;
        }

        if (!IsStream)
        {
            // One result ends the call.
            _isCompleted = true;
            _connection.Send(Result(item.Span));
            Cancel();
            return;
        }

        var frame = Item(item.Span);
        await _turn.WaitAsync(Cancelled);
        try
        {
            while (!_connection.TrySend(frame, out var room))
            {
                await room.WaitAsync(Cancelled);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Completes the call: the method has returned, or failed.</summary>
    /// <param name="error">The error for the viewer; null when the method succeeded.</param>
    public void Complete(string? error)
    {
        if (Id is not null && !_isCompleted)
        {
            _isCompleted = true;
            _connection.Send(error is null ? Frames.Completion(_protocol, Id) : Frames.Error(_protocol, Id, error));
        }
    }

    private Frame Item(ReadOnlySpan<byte> json) => Frames.StreamItem(_protocol, Id!, Value(json));

    private Frame Result(ReadOnlySpan<byte> json) => Frames.Result(_protocol, Id!, Value(json));

    private ReadOnlySpan<byte> Value(ReadOnlySpan<byte> json)
    {
        if (!_protocol.IsBinary)
        {
            return json;
        }

        var output = new ArrayBufferWriter<byte>(json.Length);
        Transcoder.JsonToMessagePack(json, output);
        return output.WrittenSpan;
    }

    private static ReadOnlyMemory<byte> ToJson(HubProtocol protocol, ReadOnlySpan<byte> arguments)
    {
        if (!protocol.IsBinary)
        {
            return arguments.ToArray();
        }

        var output = new ArrayBufferWriter<byte>(arguments.Length * 2);
        Transcoder.MessagePackToJson(arguments, output);
        return output.WrittenMemory;
    }
}
