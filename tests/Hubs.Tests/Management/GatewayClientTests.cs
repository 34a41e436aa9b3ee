using System.Text.Json;
using Azure;
using Azure.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Hubs.Management;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Management;

/// <summary>Requests of the management client as a real server receives them, and its handling of the responses.</summary>
public sealed class GatewayClientTests : IAsyncLifetime
{
    private GatewayRecorder _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayRecorder.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    // Paths and queries were recorded from Microsoft.Azure.SignalR.Management 1.29.1.
    public static TheoryData<string, Func<GatewayClient, Task>> Operations => new()
    {
        { "POST /api/hubs/chathub/:send?V {\"target\":\"t\",\"arguments\":[\"a\",1,{\"x\":1,\"y\":2}]}", c => c.SendToAllAsync("t", ["a", 1, new Point(1, 2)]) },
        { "POST /api/hubs/chathub/:send?V {\"target\":\"t\",\"arguments\":[]}", c => c.SendToAllAsync("t", []) },
        { "POST /api/hubs/chathub/:send?V&excluded=c%201&excluded=c2 {\"target\":\"t\",\"arguments\":[null]}", c => c.SendToAllAsync("t", [null], ["c 1", "c2"]) },
        { "POST /api/hubs/chathub/connections/c%2F1/:send?V {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToConnectionAsync("c/1", "t", ["a"]) },
        { "POST /api/hubs/chathub/users/u%20%C3%BC%2F1/:send?V {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToUserAsync("u ü/1", "t", ["a"]) },
        { "POST /api/hubs/chathub/groups/g%2B1/:send?V {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToGroupAsync("g+1", "t", ["a"]) },
        { "POST /api/hubs/chathub/groups/g1/:send?V&excluded=c1&excluded=c2 {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToGroupAsync("g1", "t", ["a"], ["c1", "c2"]) },
        { "POST /api/hubs/chathub/users/%2E%2E/:send?V {\"target\":\"t\",\"arguments\":[]}", c => c.SendToUserAsync("..", "t", []) },
        { "POST /api/hubs/chathub/users/%2E/:send?V {\"target\":\"t\",\"arguments\":[]}", c => c.SendToUserAsync(".", "t", []) },
        { "POST /api/hubs/chathub/users/%252F%3F%23%26/:send?V {\"target\":\"t\",\"arguments\":[]}", c => c.SendToUserAsync("%2F?#&", "t", []) },
        { "PUT /api/hubs/chathub/groups/g1/connections/c1?V", c => c.AddConnectionToGroupAsync("c1", "g1") },
        { "PUT /api/hubs/chathub/groups/%2E%2E/connections/%2E%2E?V", c => c.AddConnectionToGroupAsync("..", "..") },
        { "DELETE /api/hubs/chathub/groups/g1/connections/c1?V", c => c.RemoveConnectionFromGroupAsync("c1", "g1") },
        { "DELETE /api/hubs/chathub/connections/c1/groups?V", c => c.RemoveConnectionFromAllGroupsAsync("c1") },
        { "PUT /api/hubs/chathub/users/u1/groups/g1?V", c => c.AddUserToGroupAsync("u1", "g1") },
        { "PUT /api/hubs/chathub/users/u1/groups/g1?V&ttl=90", c => c.AddUserToGroupAsync("u1", "g1", TimeSpan.FromSeconds(90.9)) },
        { "PUT /api/hubs/chathub/users/u1/groups/g1?V&ttl=0", c => c.AddUserToGroupAsync("u1", "g1", TimeSpan.Zero) },
        { "HEAD /api/hubs/chathub/users/u1/groups/g1?V", c => c.IsUserInGroupAsync("u1", "g1") },
        { "DELETE /api/hubs/chathub/users/u1/groups/g1?V", c => c.RemoveUserFromGroupAsync("u1", "g1") },
        { "DELETE /api/hubs/chathub/users/u1/groups?V", c => c.RemoveUserFromAllGroupsAsync("u1") },
        { "HEAD /api/hubs/chathub/connections/c1?V", c => c.ConnectionExistsAsync("c1") },
        { "HEAD /api/hubs/chathub/users/u1?V", c => c.UserExistsAsync("u1") },
        { "HEAD /api/hubs/chathub/groups/g1?V", c => c.GroupExistsAsync("g1") },
        { "DELETE /api/hubs/chathub/connections/c1?V", c => c.CloseConnectionAsync("c1") },
        { "DELETE /api/hubs/chathub/connections/c1?V&reason=why%20%26%20so", c => c.CloseConnectionAsync("c1", "why & so") },
        { "HEAD /api/health?V", c => c.IsHealthyAsync() },
        { "POST /api/hubs/chathub/connections/c%2F1/streams/s%2F1/:send?V {\"x\":1,\"y\":2}", c => c.SendStreamItemAsync("c/1", "s/1", new Point(1, 2)) },
        { "POST /api/hubs/chathub/connections/c1/streams/1/:send?V&completed=true 7", c => c.SendStreamItemAsync("c1", "1", 7, completes: true) },
        { "POST /api/hubs/chathub/connections/c1/streams/1/:complete?V", c => c.CompleteStreamAsync("c1", "1") },
        { "POST /api/hubs/chathub/connections/c1/streams/1/:complete?V&reason=no%2C%20sir", c => c.CompleteStreamAsync("c1", "1", "no, sir") },
        { "POST /api/hubs/chathub/:closeConnections?L&reason=r&excluded=c1&excluded=c2", c => c.CloseAllConnectionsAsync("r", ["c1", "c2"]) },
        { "POST /api/hubs/chathub/groups/g1/:closeConnections?L&reason=r&excluded=c1", c => c.CloseGroupConnectionsAsync("g1", "r", ["c1"]) },
        { "POST /api/hubs/chathub/users/u1/:closeConnections?L&reason=r&excluded=c1", c => c.CloseUserConnectionsAsync("u1", "r", ["c1"]) },
        { "POST /api/hubs/chathub/connections/c1/:invoke?L {\"target\":\"t\",\"arguments\":[1]}", c => c.InvokeConnectionAsync<string>("c1", "t", [1]) },
        { "GET /api/hubs/chathub/groups/g1/connections?L&maxpagesize=20&top=30", c => c.ListGroupConnectionsAsync("g1", 20, 30).ToListAsync().AsTask() },
        { "POST /api/hubs/chathub/:generateToken?L&userId=u%201&minutesToExpire=90", c => c.GenerateClientTokenAsync("u 1", TimeSpan.FromMinutes(90)) },
        { "GET /api/auth/accessKey?L", c => c.GetAccessKeyAsync() },
        {
            "POST /api/hubs/chathub/:execute?L&filter=startswith%28userId%2C%20%27it%27%27s-%27%29 "
                + """[{"type":"SendMessage","message":{"target":"t","arguments":["a",{"x":1,"y":2}]}},"""
                + """{"type":"JoinGroup","group":"g"},{"type":"LeaveGroup","group":"h"},{"type":"CloseConnection","reason":"r"},{"type":"CloseConnection"}]""",
            c => c.ExecuteAsync(
                [
                    ConnectionCommand.SendMessage("t", "a", new Point(1, 2)),
                    ConnectionCommand.JoinGroup("g"),
                    ConnectionCommand.LeaveGroup("h"),
                    ConnectionCommand.CloseConnection("r"),
                    ConnectionCommand.CloseConnection(),
                ],
                GatewayClient.CreateFilter($"startswith(userId, {"it's-"})"))
        },
        { "POST /api/hubs/chathub/:execute?L []", c => c.ExecuteAsync([]) },
        { "POST /api/v1-preview/hub/chathub/users/u%201,u%2F2 {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToUsersAsync(["u 1", "u/2"], "t", ["a"]) },
        { "POST /api/v1-preview/hub/chathub/groups/g1,g2 {\"target\":\"t\",\"arguments\":[\"a\"]}", c => c.SendToGroupsAsync(["g1", "g2"], "t", ["a"]) },
    };

    /// <summary>Returns the response body of each operation of <see cref="Operations"/>; operations that are not listed need none.</summary>
    internal static string AnswerTo(string path) =>
        path.EndsWith("/:generateToken", StringComparison.Ordinal) ? """{"token":"t"}"""
        : path.EndsWith("/accessKey", StringComparison.Ordinal) ? """{"AccessKey":"k","KeyId":"i"}"""
        : path.EndsWith("/groups/g1/connections", StringComparison.Ordinal) ? """{"value":[]}"""
        : path.EndsWith("/:invoke", StringComparison.Ordinal) ? """{"result":"r"}"""
        : "";

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Each_operation_is_one_request_with_a_token_for_its_own_address(string expected, Func<GatewayClient, Task> operation)
    {
        _gateway.Answer = context => context.Response.WriteAsync(AnswerTo(context.Request.Path));
        await operation(Client());

        var request = Assert.Single(_gateway.Take());
        Assert.Equal(
            expected.Replace("?V", "?api-version=2022-06-01", StringComparison.Ordinal).Replace("?L", "?api-version=2024-12-01", StringComparison.Ordinal),
            request.ToString());
        Assert.Equal(request.Body.Length > 0 ? "application/json" : "", request.Headers.ContentType.ToString());
        Assert.StartsWith("Serverless.Hubs/", request.Headers["Asrs-User-Agent"].ToString(), StringComparison.Ordinal);

        // The audience contains neither the port of Port= nor the query, and keeps the escapes.
        await AssertTokenAsync(request, "http://127.0.0.1" + request.Target.Split('?')[0]);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_an_error_and_no_token_goes_anywhere_else(int status)
    {
        await using var other = await GatewayRecorder.StartAsync();
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = other.Address + "/stolen";
            return Task.CompletedTask;
        };

        var failure = await Assert.ThrowsAsync<RequestFailedException>(() => Client().SendToAllAsync("t", []));

        Assert.Equal(status, failure.Status);
        Assert.Empty(other.Take());
    }

    [Fact]
    public async Task The_audience_is_of_the_endpoint_also_when_requests_go_to_another_server()
    {
        var client = new GatewayClient($"Endpoint=https://public.example:8443;AccessKey={HubHost.Key};ServerEndpoint={_gateway.Address}/base/", "h");

        await client.SendToAllAsync("t", []);

        var request = Assert.Single(_gateway.Take());
        Assert.Equal("/base/api/hubs/h/:send?api-version=2022-06-01", request.Target);
        await AssertTokenAsync(request, "https://public.example:8443/api/hubs/h/:send");
    }

    public static TheoryData<string, int, string?, string, Func<GatewayClient, Task>> Outcomes
    {
        get
        {
            var data = new TheoryData<string, int, string?, string, Func<GatewayClient, Task>>();
            Add("send", "200 ok|202 ok|204 ok|404 throws|400 throws|401 throws|403 throws|413 throws|500 throws|503 throws", c => c.SendToAllAsync("t", []));
            Add("connection exists", "200 True|204 False|404 throws|404 Warning.Connection.NotExisted False|404 Warning.User.NotExisted throws|401 throws", c => c.ConnectionExistsAsync("c"));
            Add("user exists", "200 True|202 False|404 Warning.User.NotExisted False|404 throws", c => c.UserExistsAsync("u"));
            Add("group exists", "200 True|204 False|404 Warning.Group.NotExisted False|404 throws", c => c.GroupExistsAsync("g"));
            Add("user in group", "200 True|204 False|404 Info.User.NotInGroup False|404 Warning.User.NotExisted throws|404 throws", c => c.IsUserInGroupAsync("u", "g"));
            Add("join", "200 ok|404 Error.Connection.NotExisted ok|404 Warning.Connection.NotExisted throws|404 throws|400 throws", c => c.AddConnectionToGroupAsync("c", "g"));
            Add("leave", "200 ok|404 Error.Connection.NotExisted throws|404 throws", c => c.RemoveConnectionFromGroupAsync("c", "g"));
            Add("leave all", "200 ok|404 Warning.Connection.NotExisted throws", c => c.RemoveConnectionFromAllGroupsAsync("c"));
            Add("user joins", "202 ok|404 Info.User.NotInGroup throws", c => c.AddUserToGroupAsync("u", "g"));
            Add("user leaves", "204 ok|404 Info.User.NotInGroup throws", c => c.RemoveUserFromGroupAsync("u", "g"));
            Add("user leaves all", "200 ok|404 throws", c => c.RemoveUserFromAllGroupsAsync("u"));
            Add("close", "202 ok|404 Warning.Connection.NotExisted ok|404 Error.Connection.NotExisted throws|404 throws", c => c.CloseConnectionAsync("c"));
            Add("execute", "202 ok|400 throws|404 throws|503 throws", c => c.ExecuteAsync([ConnectionCommand.JoinGroup("g")]));
            Add("users", "202 ok|400 throws|404 throws|503 throws", c => c.SendToUsersAsync(["u"], "t", []));
            Add("key", "401 throws|403 throws|503 throws", c => c.GetAccessKeyAsync());
            Add("health", "200 True|204 True|500 False|503 False|401 throws|404 throws", c => c.IsHealthyAsync());
            return data;

            void Add(string name, string outcomes, Func<GatewayClient, Task> operation)
            {
                foreach (var parts in outcomes.Split('|').Select(outcome => outcome.Split(' ')))
                {
                    data.Add($"{name} {string.Join(' ', parts)}", int.Parse(parts[0]), parts.Length == 3 ? parts[1] : null, parts[^1], operation);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Answers_are_taken_as_the_sdk_takes_them(
        string name, int status, string? errorCode, string outcome, Func<GatewayClient, Task> operation)
    {
        _gateway.AnswerWith(status, errorCode, status == 204 ? "" : "why not");
        var client = Client(retries: 0);

        var task = operation(client);
        if (outcome == "throws")
        {
            var exception = await Assert.ThrowsAsync<RequestFailedException>(() => task);
            Assert.Equal((status, errorCode), (exception.Status, exception.ErrorCode));
            Assert.DoesNotContain("Bearer", exception.ToString(), StringComparison.Ordinal);
        }
        else
        {
            await task;
            Assert.Equal(outcome, task is Task<bool> answer ? (await answer).ToString() : "ok");
        }

        Assert.True(_gateway.Take().Count == 1, name);
    }

    [Fact]
    public async Task The_gateways_own_words_are_in_the_exception()
    {
        _gateway.AnswerWith(400, "Error.Request.Invalid", """{"code":"Error.Request.Invalid","message":"Group name is too long."}""");

        var exception = await Assert.ThrowsAsync<RequestFailedException>(() => Client().SendToGroupAsync("g", "t", []));

        Assert.Contains("Group name is too long.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", 429, 2)]
    [InlineData("send", 500, 1)]
    [InlineData("send", 503, 1)]
    [InlineData("send", 504, 1)]
    [InlineData("join", 500, 2)]
    [InlineData("join", 503, 2)]
    [InlineData("join", 408, 2)]
    [InlineData("join", 429, 2)]
    [InlineData("join", 400, 1)]
    [InlineData("health", 503, 1)]
    public async Task Only_what_cannot_do_harm_twice_is_tried_again(string operation, int firstStatus, int requests)
    {
        _gateway.AnswerWith(firstStatus, 200);
        var client = Client();

        await Record.ExceptionAsync(() => operation switch
        {
            "send" => client.SendToAllAsync("t", ["x"]),
            "join" => client.AddConnectionToGroupAsync("c", "g"),
            _ => client.IsHealthyAsync(),
        });

        var taken = _gateway.Take();
        Assert.Equal(requests, taken.Count);
        Assert.Single(taken.Select(request => request.ToString()).Distinct());
    }

    [Fact]
    public async Task A_message_is_not_repeated_when_the_connection_broke_after_it_was_sent()
    {
        _gateway.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var sent = await Assert.ThrowsAsync<RequestFailedException>(() => Client().SendToAllAsync("t", []));
        Assert.Equal(0, sent.Status);
        Assert.Single(_gateway.Take());

        await Assert.ThrowsAnyAsync<Exception>(() => Client(retries: 2).AddConnectionToGroupAsync("c", "g"));
        Assert.Equal(3, _gateway.Take().Count);
    }

    [Fact]
    public async Task A_gateway_that_is_down_is_not_healthy_and_a_message_is_tried_until_it_is_up()
    {
        var address = _gateway.Address;
        await _gateway.DisposeAsync();
        var client = new GatewayClient($"Endpoint={address};AccessKey={HubHost.Key}", "h", Options(retries: 2));

        Assert.False(await client.IsHealthyAsync());
        // Azure.Core reports several failed attempts together.
        var failure = await Assert.ThrowsAsync<AggregateException>(() => client.SendToAllAsync("t", []));
        Assert.Equal(3, failure.InnerExceptions.Count);

        _gateway = await GatewayRecorder.StartAsync();
    }

    [Fact]
    public async Task Cancelling_gives_up_waiting()
    {
        using var cancelled = new CancellationTokenSource();
        var reached = new TaskCompletionSource();
        _gateway.Answer = async context =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };

        var sending = Client().SendToAllAsync("t", [], cancellationToken: cancelled.Token);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Arguments_are_written_with_the_clients_options()
    {
        var options = Options();
        options.SerializerOptions = new JsonSerializerOptions { TypeInfoResolver = options.SerializerOptions.TypeInfoResolver };
        var client = new GatewayClient($"Endpoint={_gateway.Address};AccessKey={HubHost.Key}", "h", options);

        await client.SendToAllAsync("t", [new Point(1, 2), new { Any = "<ü>" }, new byte[] { 1, 2 }, Color.Green]);

        Assert.EndsWith(
            """ {"target":"t","arguments":[{"X":1,"Y":2},{"Any":"\u003C\u00FC\u003E"},"AQI=",1]}""",
            Assert.Single(_gateway.Take()).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_for_no_one_is_not_sent()
    {
        await Client().SendToUsersAsync([], "t", []);
        Assert.Empty(_gateway.Take());
    }

    [Fact]
    public async Task No_more_members_are_listed_than_asked_for_however_long_the_pages()
    {
        _gateway.Answer = context => context.Response.WriteAsync(
            """{"value":[{"connectionId":"a"},{"connectionId":"b","userId":"u"}],"nextLink":"http://public.example/x?continuationToken=b%2B1"}""");
        var members = await Client().ListGroupConnectionsAsync("g1", 2, 4).ToListAsync();

        Assert.Equal([new("a", null), new("b", "u"), new("a", null), new("b", "u")], members);
        Assert.Equal(
            [
                "GET /api/hubs/chathub/groups/g1/connections?api-version=2024-12-01&maxpagesize=2&top=4",
                "GET /api/hubs/chathub/groups/g1/connections?api-version=2024-12-01&maxpagesize=2&top=2&continuationToken=b%2B1",
            ],
            _gateway.Take().Select(request => request.ToString()));
    }

    [Fact]
    public async Task Answers_are_read_and_a_key_is_never_shown()
    {
        _gateway.Answer = context => context.Response.WriteAsync(AnswerTo(context.Request.Path));
        var key = await Client().GetAccessKeyAsync();
        Assert.Equal(("k", "i", "i"), (key.AccessKey, key.KeyId, key.ToString()));
        Assert.Equal("t", await Client().GenerateClientTokenAsync());
    }

    [Fact]
    public async Task An_application_is_named_where_the_api_has_a_place_for_it_and_a_part_of_the_hubs_name_elsewhere()
    {
        var options = Options();
        options.Application = "Shop`1";
        var client = new GatewayClient($"Endpoint={_gateway.Address};AccessKey={HubHost.Key}", "ChatHub", options);
        await client.SendToAllAsync("t", []);
        await client.ExecuteAsync([]);
        await client.SendToUsersAsync(["u"], "t", []);

        Assert.Equal(
            [
                "/api/hubs/chathub/:send?application=shop%601&api-version=2022-06-01",
                "/api/hubs/shop`1_chathub/:execute?api-version=2024-12-01",
                "/api/v1-preview/hub/shop`1_chathub/users/u",
            ],
            _gateway.Take().Select(request => request.Target));
    }

    [Fact]
    public void An_identity_calls_over_https_alone()
    {
        var credential = new LocalCredential();
        Assert.Contains("https", Assert.Throws<ArgumentException>(() => new GatewayClient(new Uri(_gateway.Address), credential, "h")).Message, StringComparison.Ordinal);
        Assert.Equal("h", new GatewayClient(ServiceConnectionString.Parse("Endpoint=https://h;AuthType=azure"), credential, "H").Hub);
    }

    [Theory]
    [InlineData("1hub")]
    [InlineData("")]
    [InlineData("hub/../other")]
    [InlineData("hub?x")]
    public void A_name_that_is_no_hubs_is_refused(string hub) =>
        Assert.Throws<ArgumentException>(() => new GatewayClient($"Endpoint=http://h;AccessKey={HubHost.Key}", hub));

    [Fact]
    public async Task Empty_names_and_negative_times_are_refused_before_anything_is_sent()
    {
        var client = Client();

        await Assert.ThrowsAsync<ArgumentException>(async () => await client.SendToUserAsync("", "t", []));
        await Assert.ThrowsAsync<ArgumentException>(async () => await client.SendToAllAsync("", []));
        await Assert.ThrowsAsync<ArgumentException>(async () => await client.AddConnectionToGroupAsync("c", ""));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await client.AddUserToGroupAsync("u", "g", TimeSpan.FromSeconds(-1)));
        await Assert.ThrowsAsync<ArgumentException>(async () => await client.SendToGroupsAsync(["g", "g,h"], "t", []));
        Assert.Throws<ArgumentException>(() => new GatewayClient("Endpoint=https://h;AuthType=azure", "h"));
        Assert.Empty(_gateway.Take());
    }

    private sealed class LocalCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("t", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    private static GatewayClientOptions Options(int retries = 1)
    {
        var options = new GatewayClientOptions();
        options.Retry.MaxRetries = retries;
        options.Retry.Mode = RetryMode.Fixed;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        return options;
    }

    private GatewayClient Client(int retries = 1) =>
        new($"Endpoint=http://127.0.0.1;Port={new Uri(_gateway.Address).Port};AccessKey={HubHost.Key};Version=1.0;", "ChatHub", Options(retries));

    private static async Task AssertTokenAsync(RecordedRequest request, string audience)
    {
        var authorization = request.Headers.Authorization.ToString();
        Assert.StartsWith("Bearer ", authorization, StringComparison.Ordinal);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(authorization["Bearer ".Length..], new TokenValidationParameters
        {
            IssuerSigningKey = new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(HubHost.Key)),
            ValidIssuer = "azure-signalr",
            ValidAudience = audience,
            ClockSkew = TimeSpan.Zero,
        });
        Assert.True(result.IsValid, $"{audience}: {result.Exception?.Message}");
        Assert.Equal(TimeSpan.FromHours(1), result.SecurityToken.ValidTo - result.SecurityToken.ValidFrom);
        Assert.NotEmpty((string)result.Claims["nameid"]);
    }
}
