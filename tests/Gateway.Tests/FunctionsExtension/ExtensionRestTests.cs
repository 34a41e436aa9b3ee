using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// The REST requests of the extension's output bindings, byte for byte as recorded for docs/contract/rest-api.md#recorded-sdk-requests.
/// </summary>
public sealed class ExtensionRestTests(ExtensionGateway gateway) : IClassFixture<ExtensionGateway>
{
    private const string Version = "?api-version=2022-06-01";
    private const string Hub = "/api/hubs/chathub";
    private const string A = """{"Target":"target","Arguments":["a"]}""";
    private const string Three = """{"Target":"target","Arguments":["a",1,{"Aa":1}]}""";
    private const string None = """{"Target":"target","Arguments":[]}""";
    private const string BinaryThree =
        "0x82A46A736F6EC43A7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B2261222C312C7B226161223A317D5D7D1EAB6D6573736167657061636BC41615960180C0A674617267657493A1610181A241610190";

    private const string BinaryNone =
        "0x82A46A736F6EC42C7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B5D7D1EAB6D6573736167657061636BC40E0D960180C0A67461726765749090";

    private const string BinaryA =
        "0x82A46A736F6EC42F7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B2261225D7D1EAB6D6573736167657061636BC4100F960180C0A674617267657491A16190";

    private static readonly SdkRequest All = new("Clients.All", "POST", $"{Hub}/:send{Version}", Body: Three);
    private static readonly SdkRequest AllWithoutArguments = new("Clients.All, no arguments", "POST", $"{Hub}/:send{Version}", Body: None);
    private static readonly SdkRequest AllExcept = new("Clients.AllExcept", "POST", $"{Hub}/:send{Version}", "&excluded=c%201&excluded=c2", A);
    private static readonly SdkRequest User = new("Clients.User", "POST", $"{Hub}/users/u%20%C3%BC%2F1/:send{Version}", Body: A);
    private static readonly SdkRequest Group = new("Clients.Group", "POST", $"{Hub}/groups/g%2B1/:send{Version}", Body: A);
    private static readonly SdkRequest GroupExcept =
        new("Clients.GroupExcept", "POST", $"{Hub}/groups/g1/:send{Version}", "&excluded=c1&excluded=c2", A);

    private static readonly SdkRequest BinaryAll = new("binary: Clients.All", "POST", $"{Hub}/:send{Version}", Body: BinaryThree);
    private static readonly SdkRequest BinaryAllWithoutArguments =
        new("binary: Clients.All, no arguments", "POST", $"{Hub}/:send{Version}", Body: BinaryNone);

    private static readonly SdkRequest BinaryAllExcept =
        new("binary: Clients.AllExcept", "POST", $"{Hub}/:send{Version}", "&excluded=c%201&excluded=c2", BinaryA);

    // In the order of the record, while no client is connected; the SDK accepts each of these responses.
    private static readonly (SdkRequest Request, int Status, string? Code)[] Recorded =
    [
        (new("IsServiceHealthy", "HEAD", $"/api/health{Version}"), 200, null),
        (All, 202, null),
        (AllWithoutArguments, 202, null),
        (AllExcept, 202, null),
        (new("Clients.Client", "POST", $"{Hub}/connections/c%2F1/:send{Version}", Body: A), 202, null),
        (new("Clients.Clients", "POST", $"{Hub}/connections/c1/:send{Version}", Body: A), 202, null),
        (User, 202, null),
        (new("Clients.Users", "POST", $"{Hub}/users/u1/:send{Version}", Body: A), 202, null),
        (Group, 202, null),
        (GroupExcept, 202, null),
        (new("Clients.Groups", "POST", $"{Hub}/groups/g2/:send{Version}", Body: A), 202, null),
        (new("Groups.Add", "PUT", $"{Hub}/groups/g1/connections/c1{Version}"), 404, "Error.Connection.NotExisted"),
        (new("Groups.Remove", "DELETE", $"{Hub}/groups/g1/connections/c1{Version}"), 200, null),
        (new("Groups.RemoveFromAll", "DELETE", $"{Hub}/connections/c1/groups{Version}"), 200, null),
        (new("UserGroups.IsUserInGroup, before", "GET", $"{Hub}/users/u1/groups/g1{Version}"), 404, "Info.User.NotInGroup"),
        (new("UserGroups.Add", "PUT", $"{Hub}/users/u1/groups/g1{Version}"), 200, null),
        (new("UserGroups.Add, ttl", "PUT", $"{Hub}/users/u1/groups/g1{Version}", "&ttl=90"), 200, null),
        (new("UserGroups.IsUserInGroup", "GET", $"{Hub}/users/u1/groups/g1{Version}"), 200, null),
        (new("UserGroups.Remove", "DELETE", $"{Hub}/users/u1/groups/g1{Version}"), 204, null),
        (new("UserGroups.RemoveFromAll", "DELETE", $"{Hub}/users/u1/groups{Version}"), 204, null),
        (new("ConnectionExists", "HEAD", $"{Hub}/connections/c1{Version}"), 404, "Warning.Connection.NotExisted"),
        (new("UserExists", "HEAD", $"{Hub}/users/u1{Version}"), 404, "Warning.User.NotExisted"),
        (new("GroupExists", "HEAD", $"{Hub}/groups/g1{Version}"), 404, "Warning.Group.NotExisted"),
        (new("CloseConnection", "DELETE", $"{Hub}/connections/c1{Version}"), 404, "Warning.Connection.NotExisted"),
        (new("CloseConnection, reason", "DELETE", $"{Hub}/connections/c1{Version}", "&reason=why%20%26%20so"), 404, "Warning.Connection.NotExisted"),
        (new("app: Clients.All", "POST", $"{Hub}/:send?application=myapp&api-version=2022-06-01", Body: A), 202, null),
        (new("app: Groups.Add", "PUT", $"{Hub}/groups/g1/connections/c1?application=myapp&api-version=2022-06-01"), 404, "Error.Connection.NotExisted"),
        (new("app: Clients.AllExcept", "POST", $"{Hub}/:send?application=myapp&api-version=2022-06-01", "&excluded=c1", A), 202, null),
        (BinaryAll, 202, null),
        (BinaryAllWithoutArguments, 202, null),
        (BinaryAllExcept, 202, null),
    ];

    [Fact]
    public async Task Every_recorded_request_is_answered_with_what_the_sdk_takes()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        foreach (var (request, status, code) in Recorded)
        {
            var answer = await SendAsync(connection, request);
            Assert.Equal((request.Operation, status, code), (request.Operation, answer.Status, answer.Header("x-ms-error-code")));
        }
    }

    [Fact]
    public async Task The_recorded_sends_reach_clients_of_both_protocols()
    {
        await using var json = await gateway.ConnectAsync("chathub", "u ü/1");
        await using var binary = await gateway.ConnectAsync("chathub", "u ü/1", HubProtocol.MessagePack);
        foreach (var group in (string[])["g%2B1", "g1"])
        {
            Assert.Equal(200, await gateway.Rest().StatusAsync("PUT", $"{Hub}/users/u%20%C3%BC%2F1/groups/{group}{Version}&ttl=0"));
        }

        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        foreach (var (request, arguments, hex) in ((SdkRequest, string, string)[])
        [
            (All, """["a",1,{"Aa":1}]""", "93a1610181a2416101"),
            (AllWithoutArguments, "[]", "90"),
            (AllExcept, """["a"]""", "91a161"),
            (User, """["a"]""", "91a161"),
            (Group, """["a"]""", "91a161"),
            (GroupExcept, """["a"]""", "91a161"),
            (BinaryAll, """["a",1,{"aa":1}]""", "93a1610181a2416101"),
            (BinaryAllWithoutArguments, "[]", "90"),
            (BinaryAllExcept, """["a"]""", "91a161"),
        ])
        {
            Assert.Equal(202, (await SendAsync(connection, request)).Status);
            Assert.Equal($$"""{"type":1,"target":"target","arguments":{{arguments}}}""", await json.NextAsync());
            Assert.Equal($"960180c0a6746172676574{hex}90", await binary.NextAsync());
        }
    }

    // The same while the clients are connected: the SDK treats only 200 as true.
    [Fact]
    public async Task Who_is_there_is_200_to_every_recorded_question_and_a_close_reaches_its_client()
    {
        var functions = gateway.Extension.Hub("herehub").On("connections", "connected");
        await using var peer = await gateway.ConnectAsync("herehub", "u1");
        var id = (await functions.NextAsync("connected")).ConnectionId;
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        const string Here = "/api/hubs/herehub";
        foreach (var (method, path, status) in ((string, string, int)[])
        [
            ("PUT", $"/groups/g1/connections/{id}", 200),
            ("PUT", "/users/u1/groups/g2", 200),
            ("HEAD", $"/connections/{id}", 200),
            ("HEAD", "/users/u1", 200),
            ("HEAD", "/groups/g1", 200),
            ("GET", "/users/u1/groups/g2", 200),
            ("DELETE", $"/groups/g1/connections/{id}", 200),
            ("DELETE", $"/groups/g1/connections/{id}", 200), // already removed: a 404 would throw
            ("DELETE", $"/connections/{id}/groups", 200),
        ])
        {
            var answer = await SendAsync(connection, new($"{method} {path}", method, $"{Here}{path}{Version}"));
            Assert.Equal(($"{method} {path}", status, null), ($"{method} {path}", answer.Status, answer.Header("x-ms-error-code")));
        }

        var closed = await SendAsync(connection, new("close", "DELETE", $"{Here}/connections/{id}{Version}", "&reason=why%20%26%20so"));
        Assert.Equal(200, closed.Status);
        Assert.Equal("""{"type":7,"error":"why & so","allowReconnect":true}""", await peer.NextAsync());
    }

    // Older versions of the extension sign and send in this form (docs/contract/rest-api.md#operations, column v1).
    [Theory]
    [InlineData("POST", "/api/v1/hubs/chathub", 202)]
    [InlineData("POST", "/api/v1/hubs/chathub/users/u1", 202)]
    [InlineData("POST", "/api/v1/hubs/chathub/connections/c1", 202)]
    [InlineData("POST", "/api/v1/hubs/chathub/groups/g1", 202)]
    [InlineData("PUT", "/api/v1/hubs/chathub/groups/g1/users/v1user", 202)]
    [InlineData("DELETE", "/api/v1/hubs/chathub/groups/g1/users/v1user", 202)]
    [InlineData("DELETE", "/api/v1/hubs/chathub/users/v1user/groups", 200)]
    public async Task Requests_of_version_1_are_taken(string method, string address, int status)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        var answer = await SendAsync(connection, new("v1", method, address, Body: method == "POST" ? """{"target":"target","arguments":["a"]}""" : null));
        Assert.Contains(answer.Status, (int[])[status, 202]);
    }

    [Fact]
    public async Task Health_is_told_without_a_token_as_the_sdk_asks_for_it()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync($"HEAD /api/health{Version} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        Assert.Equal(200, (await connection.ReadResponseAsync(isHead: true)).Status);
    }

    [Theory]
    [InlineData("http://127.0.0.1" + Hub + "/:send", 202)] // newer SDKs: no query
    [InlineData("http://127.0.0.1" + Hub + "/:send" + Version, 202)]
    [InlineData("http://127.0.0.1:{port}" + Hub + "/:send", 202)] // with the port of the request
    [InlineData("http://127.0.0.1" + Hub + "/users/u1/:send" + Version, 401)]
    [InlineData("http://127.0.0.1/client/?hub=chathub", 401)]
    public async Task An_audience_counts_for_its_own_address_only(string audience, int status)
    {
        var token = SdkRequest.Token("{}", audience.Replace("{port}", $"{gateway.Address.Port}", StringComparison.Ordinal), GatewayFixture.Key);
        Assert.Equal(status, (await gateway.Rest().SendAsync("POST", $"{Hub}/:send{Version}", A, token)).Status);
    }

    private async Task<RawResponse> SendAsync(RawConnection connection, SdkRequest request)
    {
        await connection.WriteAsync(request.Bytes(gateway.Address, GatewayFixture.Key));
        return await connection.ReadResponseAsync(isHead: request.Method == "HEAD");
    }
}
