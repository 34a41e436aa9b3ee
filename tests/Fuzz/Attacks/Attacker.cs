using System.Text;
using System.Text.RegularExpressions;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Fuzz.Attacks;

/// <summary>Attacks the gateway, case by case. A case depends only on the seed and its number. Its tokens are valid for a hub of its own.</summary>
internal sealed partial class Attacker
{
    public const string Hub = "attacked";

    private const string Version = "api-version=2023-07-01";

    private readonly FuzzedGateway _gateway;
    private readonly (string Name, Func<Random, Task> Run)[] _kinds;
    private readonly Dictionary<string, IReadOnlyList<CorpusFile>> _corpora = [];
    private readonly string _token = GatewayFixture.ClientToken(Hub, "stranger", lifetime: TimeSpan.FromHours(12));

    public Attacker(FuzzedGateway gateway)
    {
        _gateway = gateway;
        _kinds =
        [
            ("frames", random => SocketAsync("frames", random, static (bytes, _) => bytes)),
            ("JSON messages", random => SocketAsync("json", random, static (bytes, random) => Framed(WebSocketOpcode.Text, bytes, random))),
            ("MessagePack messages", random => SocketAsync("messagepack", random, static (bytes, random) => Framed(WebSocketOpcode.Binary, bytes, random))),
            ("handshakes", random => SocketAsync("handshakes", random, static (bytes, random) => Framed(WebSocketOpcode.Text, bytes, random), shakesHands: false)),
            ("requests", RequestAsync),
            ("heads", HeadAsync),
            ("targets", TargetAsync),
            ("queries", QueryAsync),
            ("posts", PostAsync),
            ("payloads", PayloadAsync),
            ("tokens", TokenAsync),
            ("filters", FilterAsync),
        ];
        foreach (var corpus in (string[])["frames", "json", "messagepack", "handshakes", "requests", "heads", "targets", "queries", "payloads", "tokens", "filters"])
        {
            _corpora[corpus] = Corpus.Read(corpus);
        }

        // The tokens in the corpus are valid for another gateway.
        _corpora["heads"] = [.. _corpora["heads"].Select(Aimed)];
    }

    /// <summary>The gateway's responses.</summary>
    public Answers Answers { get; } = new();

    /// <summary>Returns the kind of a case.</summary>
    public string KindOf(int number) => _kinds[number % _kinds.Length].Name;

    /// <summary>Runs one case.</summary>
    public Task RunAsync(int number) => _kinds[number % _kinds.Length].Run(FuzzSettings.RandomOf("attack", number));

    private CorpusFile Aimed(CorpusFile head) => new(head.Name, Encoding.Latin1.GetBytes(
        AnyToken().Replace(Encoding.Latin1.GetString(head.Bytes), _token)
            .Replace("localhost", "127.0.0.1", StringComparison.Ordinal)
            .Replace("hub=chat", "hub=" + Hub, StringComparison.Ordinal)));

    // A valid WebSocket connection, until it sends the input of the case.
    private async Task SocketAsync(string corpus, Random random, Func<byte[], Random, byte[]> frame, bool shakesHands = true)
    {
        using var socket = await OpenAsync(corpus);
        await socket.SendAsync(Encoding.ASCII.GetBytes(HubPeer.UpgradeRequest(_gateway.Address, Hub, _token, random.Next(4) == 0 ? "&useStatefulReconnect=true" : "")), random);
        if (shakesHands)
        {
            var protocol = corpus == "messagepack" ? HubProtocol.MessagePack : HubProtocol.Json;
            var handshake = $$"""{"protocol":"{{protocol.Name}}","version":{{random.Next(1, 3)}}}""" + "\u001e";
            await socket.SendAsync(HubPeer.Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(handshake)), random);
        }

        for (var left = random.Next(1, 4); left > 0; left--)
        {
            await socket.SendAsync(frame(Mutated(corpus, random), random), random);
        }

        await EndAsync(socket, random);
    }

    // A complete request with an arbitrary head and body.
    private async Task RequestAsync(Random random)
    {
        var text = Encoding.Latin1.GetString(Mutated("requests", random));
        var filled = text
            .Replace("{host}", _gateway.Address.Authority, StringComparison.Ordinal)
            .Replace("{hub}", Hub, StringComparison.Ordinal)
            .Replace("{client}", _token, StringComparison.Ordinal)
            .Replace("{rest}", RestCaller.Token($"/api/hubs/{Hub}/:send"), StringComparison.Ordinal);
        await ExchangeAsync("requests", Encoding.Latin1.GetBytes(filled), random);
    }

    private Task HeadAsync(Random random) => ExchangeAsync("heads", Mutated("heads", random), random);

    // An arbitrary path, with a token for the unchanged path.
    private async Task TargetAsync(Random random)
    {
        var files = _corpora["targets"];
        var file = files[random.Next(files.Count)];
        var target = new Mutator([file], random).Next(out _);
        string[] methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
        var token = RestCaller.Token(Encoding.UTF8.GetString(file.Bytes));
        await ExchangeAsync(
            "targets",
            [
                .. Encoding.ASCII.GetBytes(methods[random.Next(methods.Length)] + " "), .. target,
                .. Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"),
            ],
            random);
    }

    private async Task QueryAsync(Random random)
    {
        var query = Encoding.Latin1.GetString(Mutated("queries", random)).Replace("hub=chat", "hub=" + Hub, StringComparison.Ordinal);
        var (method, path) = random.Next(3) == 0 ? ("GET", "/client/") : ("POST", "/client/negotiate");
        await ExchangeAsync("queries", Encoding.Latin1.GetBytes(
            $"{method} {path}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_token}\r\nContent-Length: 0\r\n\r\n"), random);
    }

    // A long-polling or SSE client that posts arbitrary bytes; its poll or stream may be reset.
    private async Task PostAsync(Random random)
    {
        using var peer = await HttpClientPeer.NegotiateAsync(_gateway, Hub, _token);
        var receives = $"GET {peer.Target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_token}\r\n{(random.Next(2) == 0 ? "Accept: text/event-stream\r\n" : "")}\r\n";
        using var receiver = await OpenAsync("receives");
        await receiver.SendAsync(Encoding.ASCII.GetBytes(receives), random);
        await receiver.ReceiveAsync();
        if (random.Next(2) == 0)
        {
            (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
        }

        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var body = Mutated(random.Next(2) == 0 ? "json" : "handshakes", random);
            await ExchangeAsync(
                "posts",
                [.. Encoding.ASCII.GetBytes($"POST {peer.Target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_token}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body],
                random);
        }

        await EndAsync(receiver, random);
    }

    private async Task PayloadAsync(Random random)
    {
        string[] types = ["application/json", "application/x-msgpack", "application/octet-stream", "text/plain", ";;", "application/json; charset=x"];
        var body = new Mutator(_corpora["payloads"], random).Next(out var file);
        var type = types[random.Next(6) == 0 ? random.Next(types.Length) : Path.GetExtension(file) switch { ".json" => 0, ".msgpack" => 1, _ => 2 }];
        string[] paths = [$"/api/hubs/{Hub}/:send", $"/api/v1/hubs/{Hub}", $"/api/hubs/{Hub}/users/stranger/:send", $"/api/hubs/{Hub}/groups/g/:send"];
        var path = paths[random.Next(paths.Length)];
        await ExchangeAsync(
            "payloads",
            [
                .. Encoding.ASCII.GetBytes(
                    $"POST {path}?{Version} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {RestCaller.Token(path)}\r\n"
                    + $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"),
                .. body,
            ],
            random);
    }

    private async Task TokenAsync(Random random)
    {
        string[] requests = [$"POST /api/hubs/{Hub}/:send?{Version}", "GET /admin/usage", $"POST /client/negotiate?hub={Hub}", $"GET /client/?hub={Hub}"];
        await ExchangeAsync(
            "tokens",
            [
                .. Encoding.ASCII.GetBytes($"{requests[random.Next(requests.Length)]} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "), .. Mutated("tokens", random),
                .. "\r\nContent-Length: 0\r\n\r\n"u8,
            ],
            random);
    }

    private async Task FilterAsync(Random random)
    {
        var path = $"/api/hubs/{Hub}/:execute";
        var filter = Uri.EscapeDataString(Encoding.UTF8.GetString(Mutated("filters", random)));
        var message = random.Next(2) == 0 ? """{"target":"m","arguments":[]}""" : Encoding.Latin1.GetString(Mutated("payloads", random));
        var body = Encoding.Latin1.GetBytes($$"""[{"type":"JoinGroup","group":"g"},{"type":"SendMessage","message":{{message}}},{"type":"LeaveGroup","group":"g"}]""");
        await ExchangeAsync(
            "filters",
            [
                .. Encoding.ASCII.GetBytes(
                    $"POST {path}?{Version}&filter={filter} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {RestCaller.Token(path)}\r\n"
                    + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"),
                .. body,
            ],
            random);
    }

    private async Task ExchangeAsync(string kind, byte[] request, Random random)
    {
        using var socket = await OpenAsync(kind);
        if (random.Next(8) == 0)
        {
            // The connection is reset within the request.
            await socket.SendAsync(request[..random.Next(request.Length + 1)], random);
            socket.Break();
            return;
        }

        await socket.SendAsync(request, random);
        await EndAsync(socket, random);
    }

    private Task<AttackSocket> OpenAsync(string kind) => AttackSocket.OpenAsync(_gateway.Address, kind, Answers);

    private static async Task EndAsync(AttackSocket socket, Random random)
    {
        if (random.Next(5) > 0)
        {
            await socket.ReceiveAsync();
        }

        if (random.Next(3) == 0)
        {
            socket.Break();
        }
    }

    private byte[] Mutated(string corpus, Random random) => new Mutator(_corpora[corpus], random).Next(out _);

    // Valid frames, complete or in two fragments.
    private static byte[] Framed(WebSocketOpcode opcode, byte[] payload, Random random)
    {
        if (random.Next(3) > 0)
        {
            return HubPeer.Frame(opcode, payload);
        }

        var cut = random.Next(payload.Length + 1);
        return [.. HubPeer.Frame(opcode, payload.AsSpan(0, cut), fin: false), .. HubPeer.Frame(WebSocketOpcode.Continuation, payload.AsSpan(cut))];
    }

    [GeneratedRegex(@"eyJ[\w-]+\.[\w-]+\.[\w-]+")]
    private static partial Regex AnyToken();
}
