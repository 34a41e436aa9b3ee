using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using AspNetCore = Microsoft.AspNetCore.SignalR.Protocol;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>
/// Reads and writes hub messages with ASP.NET Core's MessagePack protocol, the oracle of the project's own. An argument, item or result is
/// any value.
/// </summary>
internal static partial class OracleMessages
{
    /// <summary>The start of the error that a completion has when its result could not be read.</summary>
    public const string ResultRefused = "Error trying to deserialize result to ";

    // The array of the arguments is itself a level of the value that the project's own reader limits.
    private static readonly AspNetCore.MessagePackHubProtocol Arguments = Create(OwnValues.MaxDepth - 1);
    private static readonly AspNetCore.MessagePackHubProtocol Values = Create(OwnValues.MaxDepth);

    /// <summary>Reads the first framed message.</summary>
    /// <returns>The reading; null when the message is not complete.</returns>
    public static Reading? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            // ASP.NET Core knows the parameters of each method. Here the refusal of a wrong number states the right one.
            var message = Parse(Arguments, bytes, 0, out var consumed);
            if (message is AspNetCore.InvocationBindingFailureMessage failure
                && ArgumentCount().Match(failure.BindingFailure.SourceException.Message) is { Success: true } match)
            {
                message = Parse(Arguments, bytes, int.Parse(match.ValueSpan, CultureInfo.InvariantCulture), out consumed);
            }

            // The depth of an item or result counts from itself.
            message = message is AspNetCore.StreamItemMessage or AspNetCore.StreamBindingFailureMessage or AspNetCore.CompletionMessage
                ? Parse(Values, bytes, 0, out consumed)
                : message;
            return message is null && consumed == 0 ? null : Describe(message, consumed);
        }
        catch (Exception exception) when (OracleValues.IsRefusal(exception))
        {
            return Reading.Refused(OracleValues.Reasons(exception));
        }
    }

    /// <summary>Returns the framed form of a message.</summary>
    public static byte[] Write(AspNetCore.HubMessage message) => Arguments.GetMessageBytes(message).ToArray();

    private static AspNetCore.HubMessage? Parse(
        AspNetCore.MessagePackHubProtocol protocol, ReadOnlyMemory<byte> bytes, int arguments, out int consumed)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        protocol.TryParseMessage(ref input, new Binder(arguments), out var message);
        consumed = bytes.Length - (int)input.Length;
        return message;
    }

    private static Reading Describe(AspNetCore.HubMessage? message, int consumed)
    {
        switch (message)
        {
            case null:
                return Reading.Accepted("None", consumed);
            case AspNetCore.PingMessage:
                return Reading.Accepted("Ping", consumed);
            case AspNetCore.InvocationBindingFailureMessage failure:
                return Reading.Refused(OracleValues.Reasons(failure.BindingFailure.SourceException));
            case AspNetCore.StreamBindingFailureMessage failure:
                return Reading.Refused(OracleValues.Reasons(failure.BindingFailure.SourceException));
            case AspNetCore.CompletionMessage { Error: { } error } when error.StartsWith(ResultRefused, StringComparison.Ordinal):
                return Reading.Refused(error);
            case AspNetCore.InvocationMessage invocation:
                return Accepted(
                    "Invocation", invocation, invocation.InvocationId, invocation.Target, Joined(invocation.Arguments), Joined(invocation.StreamIds));
            case AspNetCore.StreamInvocationMessage invocation:
                return Accepted(
                    "StreamInvocation", invocation, invocation.InvocationId, invocation.Target, Joined(invocation.Arguments), Joined(invocation.StreamIds));
            case AspNetCore.StreamItemMessage item:
                return Accepted("StreamItem", item, item.InvocationId, value: ((RawValue)item.Item!).Text);
            case AspNetCore.CompletionMessage completion:
                return Accepted(
                    "Completion", completion, completion.InvocationId, value: (completion.Result as RawValue)?.Text, error: completion.Error);
            case AspNetCore.CancelInvocationMessage cancellation:
                return Accepted("CancelInvocation", cancellation, cancellation.InvocationId);
            case AspNetCore.CloseMessage close:
                return Accepted("Close", null, null, error: close.Error, reconnect: close.AllowReconnect);
            case AspNetCore.AckMessage ack:
                return Accepted("Ack", null, null, sequence: ack.SequenceId);
            case AspNetCore.SequenceMessage start:
                return Accepted("Sequence", null, null, sequence: start.SequenceId);
            default:
                throw new InvalidOperationException($"An unknown message: {message.GetType()}");
        }

        Reading Accepted(
            string type, AspNetCore.HubInvocationMessage? source, string? id, string? target = null, string? arguments = null, string? streams = null,
            string? value = null, string? error = null, bool reconnect = false, long sequence = 0)
        {
            var headers = source?.Headers is { Count: > 0 } pairs ? " headers:" + string.Join(',', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{type}{headers} id:{id} target:{target} arguments:{arguments} streams:{streams} value:{value} error:{error} reconnect:{reconnect} sequence:{sequence}");
            return Reading.Accepted(text, consumed);
        }
    }

    private static string Joined(object?[] arguments) => $"[{string.Concat(arguments.Select(argument => ((RawValue)argument!).Text + ","))}]";

    private static string Joined(string[]? streams) => string.Join(',', streams ?? []);

    private static AspNetCore.MessagePackHubProtocol Create(int maxDepth) => new(Options.Create(new MessagePackHubProtocolOptions
    {
        SerializerOptions = Package.MessagePackSerializerOptions.Standard.WithResolver(
            Package.Resolvers.CompositeResolver.Create(
                new Package.Formatters.IMessagePackFormatter[] { new RawValueFormatter(maxDepth) }, [Package.Resolvers.StandardResolver.Instance])),
    }));

    [GeneratedRegex(@"(?<=^Invocation provides )\d+(?= argument)")]
    private static partial Regex ArgumentCount();

    private sealed class Binder(int arguments) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => typeof(RawValue);

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [.. Enumerable.Repeat(typeof(RawValue), arguments)];

        public Type GetStreamItemType(string streamId) => typeof(RawValue);
    }
}
