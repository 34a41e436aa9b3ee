using System.Buffers;
using System.Globalization;
using System.Security.Claims;
using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Fuzz.Attacks;

/// <summary>
/// A client that the attacks must not affect: it receives a numbered message and makes a numbered call each round, and must receive each
/// message and each result once and in order.
/// </summary>
internal abstract class Witness(string name, HubProtocol protocol) : IAsyncDisposable
{
    public const string Hub = "witnesses";
    public const string Group = "all";
    public const string Message = "round";
    public const string Method = "echo";

    private volatile int _messages;
    private volatile int _results;
    private volatile string? _fault;

    protected HubProtocol Protocol { get; } = protocol;

    /// <summary>The first fault.</summary>
    public string? Fault => _fault is { } fault ? $"{name}: {fault}" : null;

    /// <summary>The number of received messages; each carries the number of messages before it.</summary>
    public int Messages => _messages;

    /// <summary>The number of answered calls.</summary>
    public int Results => _results;

    public override string ToString() => $"{name}: {_messages} messages, {_results} results";

    /// <summary>The witness's token, which exempts it from the gateway's short time limits.</summary>
    protected static string Token => GatewayFixture.ClientToken(
        Hub, "witness", [new Claim(ServiceClaims.MaxPollInterval, "60"), new Claim(ServiceClaims.HandshakeTimeout, "30")]);

    /// <summary>Makes the call of a round.</summary>
    public async Task CallAsync(int round)
    {
        var call = new ArrayBufferWriter<byte>();
        var arguments = new ArrayBufferWriter<byte>();
        var json = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{round}]"));
        if (Protocol.IsBinary)
        {
            Transcoder.JsonToMessagePack(json, arguments);
        }
        else
        {
            arguments.Write(json);
        }

        Protocol.WriteInvocation(call, round.ToString(CultureInfo.InvariantCulture), Method, arguments.WrittenSpan);
        try
        {
            await SendAsync(call.WrittenMemory);
        }
        catch (Exception exception)
        {
            Wrong($"call {round} could not be sent: {exception.Message}");
        }
    }

    /// <summary>Returns the upstream's response to a call: its only argument.</summary>
    public static byte[] Echo(UpstreamRequest request)
    {
        var protocol = request.Header("Content-Type") == HubProtocol.Json.ContentType ? HubProtocol.Json : HubProtocol.MessagePack;
        var call = protocol.Read(request.Body);
        var answer = new ArrayBufferWriter<byte>();
        protocol.WriteResult(answer, call.InvocationId!, protocol.IsBinary ? call.Arguments[1..] : call.Arguments[1..^1]);
        return answer.WrittenSpan.ToArray();
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task SendAsync(ReadOnlyMemory<byte> message);

    /// <summary>Reads until the connection ends, which is a fault while the test runs.</summary>
    protected async Task ReadAsync(Func<Task> read)
    {
        try
        {
            await read();
            Wrong("the connection has ended");
        }
        catch (Exception exception)
        {
            Wrong(exception.Message);
        }
    }

    /// <summary>Processes complete framed messages.</summary>
    protected void TakeAll(ReadOnlySpan<byte> frames)
    {
        while (Protocol.TryCut(frames, 0, int.MaxValue, out var message, out var consumed))
        {
            Take(message);
            frames = frames[consumed..];
        }

        if (!frames.IsEmpty)
        {
            Wrong("a message has come in part");
        }
    }

    /// <summary>Processes a message without its framing.</summary>
    protected void Take(ReadOnlySpan<byte> bytes)
    {
        var message = Protocol.Read(bytes);
        switch (message.Type)
        {
            case HubMessageType.Ping:
                break;
            case HubMessageType.Invocation when message.Target == Message:
                _messages = Next("message", _messages, Number(message.Arguments));
                break;
            case HubMessageType.Completion when message.HasValue:
                _results = Next("result", _results, Number(message.Value));
                break;
            default:
                Wrong($"{message.Type} {message.Target} {message.Error}");
                break;
        }
    }

    private int Next(string what, int last, int number)
    {
        if (number != last + 1)
        {
            Wrong($"{what} {number} after {what} {last}");
        }

        return number;
    }

    // Reads a number, or an array of one number.
    private int Number(ReadOnlySpan<byte> value)
    {
        var json = new ArrayBufferWriter<byte>();
        if (Protocol.IsBinary)
        {
            Transcoder.MessagePackToJson(value, json);
        }
        else
        {
            json.Write(value);
        }

        return int.Parse(Encoding.ASCII.GetString(json.WrittenSpan).Trim('[', ']'), CultureInfo.InvariantCulture);
    }

    private void Wrong(string fault) => _fault ??= fault;
}
