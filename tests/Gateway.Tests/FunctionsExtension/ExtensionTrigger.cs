using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.WebUtilities;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// The checks of the extension's trigger in their order, and its responses, as quoted in
/// docs/contract/upstream-requests.md#answers-of-azure-functions. It is as strict as the extension: where the extension would throw, the
/// response here is a 500.
/// </summary>
internal sealed class ExtensionTrigger
{
    private readonly Channel<ExtensionCall> _calls = Channel.CreateUnbounded<ExtensionCall>();
    private readonly ConcurrentDictionary<string, Func<ExtensionCall, string?>> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The access keys of its connection string. Without keys, signatures are not checked.</summary>
    public IReadOnlyList<string> AccessKeys { get; set; } = [GatewayFixture.Key];

    /// <summary>The status with which every message is refused, or null.</summary>
    public int? Refusal { get; set; }

    /// <summary>The status with which every connection event is refused, or null.</summary>
    public int? EventRefusal { get; set; }

    /// <summary>Adds a function, which returns the JSON of its result, or null without a result.</summary>
    public ExtensionTrigger On(string category, string eventName, Func<ExtensionCall, string?>? run = null)
    {
        _functions[$"{category}/{eventName}"] = run ?? (static _ => null);
        return this;
    }

    /// <summary>Returns the next request and its response.</summary>
    public async Task<ExtensionCall> NextAsync(string eventName)
    {
        var call = await _calls.Reader.ReadAsync(Waits.Limited());
        Assert.Equal(eventName, call.Request.Single("X-ASRS-Event"));
        return call;
    }

    public ExtensionAnswer Handle(ExtensionRequest request)
    {
        var call = new ExtensionCall(request);
        try
        {
            call.Answer = Run(call);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or HubProtocolException or InvalidOperationException)
        {
            call.Answer = new(500, [], exception.Message.ReplaceLineEndings(" "));
        }

        _calls.Writer.TryWrite(call);
        return call.Answer;
    }

    private ExtensionAnswer Run(ExtensionCall call)
    {
        // :: Step 1: the media type; parameters are ignored
        var request = call.Request;
        var contentType = request.Single("Content-Type") ?? throw new FormatException("no Content-Type");
        var mediaType = contentType.Split(';')[0];
        if (mediaType is not ("application/json" or "application/x-msgpack"))
        {
            return new(415, []);
        }

        // :: Step 2: hub, category and event select the function, compared without case
        foreach (var name in (string[])["X-ASRS-Hub", "X-ASRS-Category", "X-ASRS-Event"])
        {
            if (request.Single(name) is not { } value)
            {
                throw new FormatException($"no {name}");
            }

            if (value.Length == 0)
            {
                return new(400, []);
            }
        }

        if (!_functions.TryGetValue($"{request.Single("X-ASRS-Category")}/{request.Single("X-ASRS-Event")}", out var function))
        {
            return new(404, []);
        }

        // :: Step 3 and 4: connection id and its signature, split at commas and not trimmed
        call.ConnectionId = request.Single("X-ASRS-Connection-Id") ?? throw new FormatException("no X-ASRS-Connection-Id");
        call.Signatures = (request.Single("X-ASRS-Signature") ?? "").Split(',');
        if (AccessKeys.Count > 0 && !AccessKeys.Any(key => call.Signatures.Contains(Sign(key, call.ConnectionId), StringComparer.OrdinalIgnoreCase)))
        {
            return new(401, [], "signature mismatch");
        }

        // :: Step 5: the function's input
        call.UserId = request.Single("X-ASRS-User-Id");
        call.Claims = Claims(request.Single("X-ASRS-User-Claims") ?? "");
        call.Query = QueryHelpers.ParseQuery(request.Single("X-ASRS-Client-Query") ?? "")
            .ToDictionary(pair => pair.Key, pair => string.Join(',', pair.Value.ToArray()));
        return request.Single("X-ASRS-Category") == "connections"
            ? RunEvent(call, function)
            : RunMessage(call, function, isBinary: mediaType == "application/x-msgpack");
    }

    private static string Sign(string key, string connectionId) =>
        "sha256=" + Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(connectionId)));

    // Split at ',' and at ": "; an entry without two parts, such as one with an empty value, is dropped, and the first of a name wins.
    private static Dictionary<string, string> Claims(string header)
    {
        var claims = new Dictionary<string, string>();
        foreach (var pair in header.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(claim => claim.Split(": ", StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length == 2))
        {
            claims.TryAdd(pair[0].Trim(), pair[1].Trim());
        }

        return claims;
    }

    private ExtensionAnswer RunEvent(ExtensionCall call, Func<ExtensionCall, string?> function)
    {
        var isConnected = call.Request.Single("X-ASRS-Event") == "connected";
        using var body = JsonDocument.Parse(call.Request.Body);
        if (Property(body.RootElement, "type")?.GetInt32() != (isConnected ? 10 : 11))
        {
            throw new FormatException("the type is not that of the event");
        }

        call.Error = Property(body.RootElement, "error")?.GetString();
        if (EventRefusal is { } status)
        {
            return new(status, [], "refused");
        }

        try
        {
            function(call);
            return new(200, []);
        }
        catch (FunctionFailedException)
        {
            return new(isConnected ? 403 : 200, []);
        }
    }

    private ExtensionAnswer RunMessage(ExtensionCall call, Func<ExtensionCall, string?> function, bool isBinary)
    {
        // :: The bare message: neither 0x1E nor a length
        if (Refusal is { } status)
        {
            return new(status, [], "refused");
        }

        string? target;
        if (isBinary)
        {
            var reader = new MessagePackReader(call.Request.Body);
            if (reader.ReadArrayHeader() < 5 || reader.ReadInt64() != 1)
            {
                throw new FormatException("not an invocation");
            }

            reader.Skip();
            call.InvocationId = reader.ReadStringOrNil();
            target = reader.ReadString();
            call.Arguments = Convert.ToHexStringLower(call.Request.Body[reader.Position..]);
        }
        else
        {
            using var body = JsonDocument.Parse(call.Request.Body);
            if (Property(body.RootElement, "type")?.GetInt32() != 1)
            {
                throw new FormatException("not an invocation");
            }

            call.InvocationId = Property(body.RootElement, "invocationId")?.GetString();
            target = Property(body.RootElement, "target")?.GetString();
            call.Arguments = Property(body.RootElement, "arguments")?.GetRawText();
        }

        if (!string.Equals(target, call.Request.Single("X-ASRS-Event"), StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException("the target is not that of the event");
        }

        string end;
        try
        {
            end = $"\"result\":{function(call) ?? "null"}";
        }
        catch (FunctionFailedException exception)
        {
            end = $"\"error\":{JsonSerializer.Serialize(exception.Message)}";
        }

        return call.InvocationId is null ? new(200, [])
            : isBinary ? new(200, call.BinaryAnswer ?? throw new InvalidOperationException("the test sets no response"))
            : new(200, Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"{{call.InvocationId}}",{{end}}}""" + "\x1e"));
    }

    private static JsonElement? Property(JsonElement element, string name) => element.EnumerateObject()
        .Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(property => (JsonElement?)property.Value)
        .FirstOrDefault();
}

/// <summary>A request, the extension's input for the function, and the response.</summary>
internal sealed class ExtensionCall(ExtensionRequest request)
{
    public ExtensionRequest Request { get; } = request;

    public string ConnectionId { get; set; } = "";

    public IReadOnlyList<string> Signatures { get; set; } = [];

    public string? UserId { get; set; }

    public IReadOnlyDictionary<string, string> Claims { get; set; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Query { get; set; } = new Dictionary<string, string>();

    public string? InvocationId { get; set; }

    /// <summary>The reason why a connection ended.</summary>
    public string? Error { get; set; }

    /// <summary>The arguments: JSON, or MessagePack in hex.</summary>
    public string? Arguments { get; set; }

    /// <summary>The framed completion of a function for a MessagePack client.</summary>
    public byte[]? BinaryAnswer { get; set; }

    public ExtensionAnswer Answer { get; set; } = new(0, []);
}

/// <summary>The exception of a function that fails.</summary>
internal sealed class FunctionFailedException(string message) : Exception(message);
