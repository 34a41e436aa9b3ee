using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.Wire.Hosting;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>
/// Checks a running gateway against every operation, response code, media type and parameter bound of the published documents. All
/// deliberate deviations are listed here; docs/compatibility.md states the reasons.
/// </summary>
public sealed class RestContractTests(EntraGateway gateway) : IClassFixture<EntraGateway>
{
    private const string Default = "default";

    /// <summary>The documented codes that this gateway never returns.</summary>
    private static readonly HashSet<string> NotAnswered =
    [
        // The only failure of a health check is a missing response.
        "v20220601 HEAD /api/health default",
        "v20230701 HEAD /api/health default",
        "v20241201 HEAD /api/health default",

        // The operation completes at once, so it is never merely accepted.
        "v1 DELETE /api/v1/hubs/{hub}/users/{user}/groups 202",

        // The SDK throws on it, and a connection that is not in the group already has the requested state.
        "v1 DELETE /api/v1/hubs/{hub}/groups/{group}/connections/{connectionId} 404",
        "v20220601 DELETE /api/hubs/{hub}/groups/{group}/connections/{connectionId} 404",
    ];

    private readonly string _hub = GatewayFixture.NewHub();

    public static TheoryData<string, string, string> Codes => Table(
        (document, operation) => operation.Responses.Keys.Where(code => !NotAnswered.Contains($"{document.Name} {operation} {code}")));

    public static TheoryData<string, string, string> MediaTypes => Table((_, operation) => operation.Consumes);

    public static TheoryData<string, string, string> BoundParameters => Table((_, operation) => operation.Parameters
        .Where(parameter => TooBad(parameter) is not null)
        .Select(parameter => parameter.Name));

    public static TheoryData<string, string, string> Bodies => Table((_, operation) => operation.Parameters
        .Where(parameter => parameter.In == "body")
        .Select(parameter => parameter.Name));

    [Fact]
    public void The_documents_are_read_whole()
    {
        Assert.Equal([5, 19, 19, 22, 26], RestContract.All.Select(document => document.Operations.Count));
        var all = RestContract.All.SelectMany(document => document.Operations.SelectMany(
            operation => operation.Responses.Keys.Select(code => $"{document.Name} {operation} {code}"))).ToHashSet();
        Assert.Empty(NotAnswered.Except(all));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Each_documented_code_is_answered_in_its_shape(string documentName, string operationName, string code)
    {
        var document = RestContract.Find(documentName);
        var operation = document.Operation(operationName);
        await using var client = await ConnectAsync();
        var answer = code switch
        {
            "404" => await CallAsync(document, operation, client, new() { ["connectionId"] = "nobody", ["group"] = "nobody", ["user"] = "nobody" }),
            "400" or Default => await CallWronglyAsync(document, operation, client),
            _ => await CallAsync(document, operation, client),
        };

        if (code == Default)
        {
            Assert.InRange(answer.Status, 400, 499);
        }
        else
        {
            Assert.Equal(int.Parse(code, CultureInfo.InvariantCulture), answer.Status);
        }

        Check(document, operation, operation.Responses[code], answer);
    }

    [Theory]
    [MemberData(nameof(MediaTypes))]
    public async Task Each_documented_media_type_is_taken(string documentName, string operationName, string mediaType)
    {
        var document = RestContract.Find(documentName);
        var operation = document.Operation(operationName);
        await using var client = await ConnectAsync();
        var answer = await CallAsync(document, operation, client, mediaType: mediaType);
        Assert.InRange(answer.Status, 200, 202);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Other_media_types_and_broken_and_missing_bodies_are_refused(string documentName, string operationName, string parameter)
    {
        var document = RestContract.Find(documentName);
        var operation = document.Operation(operationName);
        await using var client = await ConnectAsync();
        Assert.Equal("body", operation.Parameters.Single(one => one.Name == parameter).In);
        foreach (var (body, mediaType, status) in ((string?, string, int)[])
        [
            ("""{"target":"m"}""", "text/html", 415),
            ("""{"target":"m" """, "application/json", 400),
            ("""{"arguments":[]}""", "application/json", 400),
            ("", "application/json", 400),
            (null, "", 400),
        ])
        {
            var answer = await CallAsync(document, operation, client, body: body is null ? null : Encoding.UTF8.GetBytes(body), mediaType: mediaType, isOwnBody: true);
            Assert.True(status == answer.Status || (body is null && answer.Status == 415), $"'{body}' as '{mediaType}' gives {answer.Status}.");
            Assert.Matches("^Error\\.Request\\.", answer.Code);
            Assert.NotEmpty(answer.Body);
        }
    }

    [Theory]
    [MemberData(nameof(BoundParameters))]
    public async Task A_parameter_out_of_its_bounds_is_400_and_named(string documentName, string operationName, string parameter)
    {
        var document = RestContract.Find(documentName);
        var operation = document.Operation(operationName);
        await using var client = await ConnectAsync();
        foreach (var bad in TooBad(operation.Parameters.Single(one => one.Name == parameter))!)
        {
            var answer = await CallAsync(document, operation, client, new() { [parameter] = bad });
            Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
            if (operation.Method != "HEAD" && !document.IsVersion1)
            {
                Assert.Equal(parameter switch { "application" => "hub", _ => parameter }, answer.Detail("target"));
            }
        }
    }

    [Theory]
    [InlineData("POST", "/:execute?api-version=2022-06-01", """[{"type":"JoinGroup","group":"g"}]""", 202)]
    [InlineData("GET", "/groups/g/connections?api-version=2022-06-01", null, 200)]
    [InlineData("POST", "/:generateToken?api-version=2022-06-01", null, 200)]
    [InlineData("POST", "/:send", """{"target":"m"}""", 202)]
    public async Task An_operation_is_served_under_an_older_version_and_without_one(string method, string path, string? body, int status) =>
        Assert.Equal(status, (await gateway.Rest().SendAsync(method, $"/api/hubs/{_hub}{path}", body)).Status);

    [Theory]
    [InlineData("2021-01-01")]
    [InlineData("2024-12-02")]
    [InlineData("latest")]
    public async Task An_unknown_version_is_400_and_the_answer_names_the_known_ones(string version)
    {
        var answer = await gateway.Rest().SendAsync("POST", $"/api/hubs/{_hub}/:send?api-version={version}", """{"target":"m"}""");
        Assert.Equal((400, "Error.Request.Invalid", "api-version"), (answer.Status, answer.Code, answer.Detail("target")));
        Assert.Contains("2022-06-01", answer.Detail("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_over_16_kb_are_413()
    {
        var target = $"/api/hubs/{_hub}/:send?api-version=2022-06-01";
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        foreach (var (padding, status) in ((int, int)[])[(8_000, 202), (17_000, 413)])
        {
            await connection.WriteAsync(
                $"POST {target} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(target)}\r\n"
                + $"X-Padding: {new string('x', padding)}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"target\":\"m\"}}");
            Assert.Equal(status, (await connection.ReadResponseAsync()).Status);
        }
    }

    [Fact]
    public async Task An_app_server_gets_client_tokens_and_a_reader_does_not()
    {
        var target = $"/api/hubs/{_hub}/:generateToken?api-version=2024-12-01&userId=u1";
        foreach (var (role, status) in ((string, int)[])
        [
            ("SignalR App Server", 200), ("SignalR Service Owner", 200), ("SignalR REST API Owner", 200), ("SignalR REST API Reader", 403),
        ])
        {
            Assert.Equal(status, (await gateway.Rest().SendAsync("POST", target, (string?)null, gateway.Token(role))).Status);
        }
    }

    private static TheoryData<string, string, string> Table(Func<RestContract, ContractOperation, IEnumerable<string>> last)
    {
        var table = new TheoryData<string, string, string>();
        foreach (var document in RestContract.All)
        {
            foreach (var operation in document.Operations)
            {
                foreach (var item in last(document, operation))
                {
                    table.Add(document.Name, operation.ToString(), item);
                }
            }
        }

        return table;
    }

    // Returns values that violate a parameter's documented bounds, or null without bounds.
    private static List<string>? TooBad(ContractParameter parameter)
    {
        var bad = new List<string>();
        if (parameter.Pattern is { } pattern)
        {
            bad.AddRange(((string[])["1bad", "  "]).Where(text => !Regex.IsMatch(text, pattern)));
        }

        if (parameter.MaxLength is { } longest)
        {
            bad.Add(new string('x', longest + 1));
        }

        if (parameter.Minimum is { } least)
        {
            bad.Add((least - 1).ToString(CultureInfo.InvariantCulture));
        }

        if (parameter.Maximum is { } most)
        {
            bad.Add((most + 1).ToString(CultureInfo.InvariantCulture));
        }

        if (parameter.Type == "integer")
        {
            bad.Add("many");
        }

        return bad.Count == 0 ? null : bad;
    }

    private static void Check(RestContract document, ContractOperation operation, ContractResponse response, RestAnswer answer)
    {
        if (response.Headers?.Contains("x-ms-error-code") == true)
        {
            Assert.Matches("^(Info|Warning|Error)\\.[A-Za-z]+\\.[A-Za-z]+$", answer.Code);
        }

        if (operation.Method == "HEAD")
        {
            Assert.Equal("", answer.Body);
            return;
        }

        if (response.ContentType is { } type)
        {
            Assert.StartsWith(type, answer.ContentType, StringComparison.Ordinal);
        }

        if (response.Schema is { } schema && response.ContentType is null or "application/json")
        {
            using var body = JsonDocument.Parse(answer.Body);
            Assert.Null(document.Mismatch(schema, body.RootElement));
        }
    }

    // Connects a client of the user 'u1' in the group 'g1' that answers the server's calls.
    private async Task<Client> ConnectAsync()
    {
        var peer = await gateway.ConnectAsync(_hub, "u1");
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        var path = $"/api/hubs/{_hub}/users/u1/groups/g1?api-version=2022-06-01";
        Assert.Equal(200, await gateway.Rest().StatusAsync("PUT", path));
        return new Client(peer, id);
    }

    private Task<RestAnswer> CallWronglyAsync(RestContract document, ContractOperation operation, Client client) =>
        operation.Path.EndsWith("/accessKey", StringComparison.Ordinal)
            ? gateway.Rest().SendAsync(operation.Method, operation.Path, (string?)null, "no token")
            : CallAsync(document, operation, client, new() { ["hub"] = "1bad" });

    private async Task<RestAnswer> CallAsync(
        RestContract document,
        ContractOperation operation,
        Client client,
        Dictionary<string, string>? values = null,
        string? mediaType = null,
        byte[]? body = null,
        bool isOwnBody = false)
    {
        string Value(string name) => values?.GetValueOrDefault(name) ?? name switch
        {
            "hub" => _hub,
            "connectionId" => client.ConnectionId,
            "group" => "g1",
            "user" or "id" => "u1",
            "groupList" => "g1,g2",
            "userList" => "u1,u2",
            "streamId" => "7",
            "api-version" => document.ApiVersion!,
            _ => throw new NotSupportedException(name),
        };

        var path = Regex.Replace(operation.Path, "{([^}]+)}", match => Uri.EscapeDataString(Value(match.Groups[1].Value)).Replace("%2C", ",", StringComparison.Ordinal));
        var query = operation.Parameters
            .Where(parameter => parameter.In == "query" && (parameter.Required || values?.ContainsKey(parameter.Name) == true))
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(Value(parameter.Name))}");
        var target = $"{path}?{string.Join('&', query)}".TrimEnd('?');
        var type = mediaType ?? (operation.Consumes.Count > 0 ? operation.Consumes[0] : "application/json");
        var content = isOwnBody ? body
            : operation.Path.EndsWith("/:execute", StringComparison.Ordinal) ? """[{"type":"JoinGroup","group":"g2"}]"""u8.ToArray()
            : operation.Path.EndsWith("streams/{streamId}/:send", StringComparison.Ordinal) ? "1"u8.ToArray()
            : operation.Parameters.Any(parameter => parameter.In == "body") ? Body(type)
            : null;
        var token = operation.Path.EndsWith("/accessKey", StringComparison.Ordinal) ? gateway.Token("SignalR App Server") : null;
        var call = gateway.Rest().SendAsync(operation.Method, target, content is null ? null : RestCaller.Content(content, type), token);
        if (operation.Path.EndsWith("/:invoke", StringComparison.Ordinal) && values is null && !isOwnBody)
        {
            await client.AnswerAsync();
        }

        return await call;
    }

    private static byte[] Body(string mediaType) => mediaType switch
    {
        "application/json" => """{"target":"m","arguments":[1]}"""u8.ToArray(),
        "application/x-msgpack" => Convert.FromHexString("82a6746172676574a16da9617267756d656e74739101"),
        "application/octet-stream" => Encoded("""{"type":1,"target":"m","arguments":[1]}""" + "\u001e"),
        _ => throw new NotSupportedException(mediaType),
    };

    // A map from a protocol's name to a framed message.
    private static byte[] Encoded(string json) => [0x81, 0xA4, .. "json"u8, 0xC4, (byte)json.Length, .. Encoding.UTF8.GetBytes(json)];

    private sealed class Client(HubPeer peer, string connectionId) : IAsyncDisposable
    {
        public string ConnectionId { get; } = connectionId;

        public async Task AnswerAsync()
        {
            using var call = JsonDocument.Parse(await peer.NextAsync());
            await peer.SendAsync($$"""{"type":3,"invocationId":"{{call.RootElement.GetProperty("invocationId").GetString()}}","result":1}""");
        }

        public ValueTask DisposeAsync() => peer.DisposeAsync();
    }
}
