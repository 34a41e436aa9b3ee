using System.Buffers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Management;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Hubs.Sending;

/// <summary>Encodes messages to clients with the protocols of a hub, and decodes the results of clients.</summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class ClientMessages<THub>
    where THub : Hub
{
    private readonly List<(HubProtocol Wire, IHubProtocol Encoder)> _protocols = [];

    public ClientMessages(IHubProtocolResolver protocols, IOptions<HubOptions<THub>> hubOptions, IOptions<HubOptions> options)
    {
        var names = (hubOptions.Value.SupportedProtocols ?? options.Value.SupportedProtocols)?.ToList();
        foreach (var protocol in HubProtocol.All)
        {
            if (protocols.GetProtocol(protocol.Name, names) is { } encoder)
            {
                _protocols.Add((protocol, encoder));
            }
        }
    }

    /// <summary>Encodes a message once for each protocol of the hub.</summary>
    public MessageBody Encode(string method, object?[] arguments)
    {
        var invocation = new InvocationMessage(method, arguments);
        if (_protocols is [{ Wire.IsBinary: false } json])
        {
            return Json(json.Encoder.GetMessageBytes(invocation));
        }

        // {"json":<framed message>,"messagepack":<framed message>} in MessagePack     docs/contract/rest-api.md#message-body
        var body = new ArrayBufferWriter<byte>(512);
        var writer = new MessagePackWriter(body);
        writer.WriteMapHeader(_protocols.Count);
        foreach (var (wire, encoder) in _protocols)
        {
            writer.WriteString(wire.Name);
            writer.WriteBinary(encoder.GetMessageBytes(invocation).Span);
        }

        return new MessageBody(MessageBody.BothProtocols, body.WrittenMemory);
    }

    /// <summary>Reads a client's result from a framed completion.</summary>
    /// <exception cref="HubException">The client's method failed.</exception>
    /// <exception cref="InvalidDataException">The completion cannot be read as <typeparamref name="T"/>.</exception>
    public T Decode<T>(string protocol, ReadOnlyMemory<byte> framed)
    {
        var encoder = _protocols.Find(one => one.Wire.Name == protocol).Encoder
            ?? throw new InvalidDataException($"The client answered in the protocol '{protocol}', which the hub does not have.");
        var sequence = new ReadOnlySequence<byte>(framed);
        return encoder.TryParseMessage(ref sequence, ResultBinder<T>.Instance, out var message) && message is CompletionMessage completion
            ? completion.Error is null ? (T)completion.Result! : throw new HubException(completion.Error)
            : throw new InvalidDataException("The client's answer is not a completion.");
    }

    // {"target":"m","arguments":[…]}, with the arguments as the hub's protocol has written them
    private static MessageBody Json(ReadOnlyMemory<byte> framed)
    {
        var message = HubProtocol.Json.Read(framed.Span[..^1]);
        var body = new ArrayBufferWriter<byte>(framed.Length + 32);
        using (var json = new System.Text.Json.Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("target", message.Target);
            json.WritePropertyName("arguments");
            json.WriteRawValue(message.Arguments, skipInputValidation: true);
            json.WriteEndObject();
        }

        return new MessageBody(MessageBody.Json, body.WrittenMemory);
    }
}
