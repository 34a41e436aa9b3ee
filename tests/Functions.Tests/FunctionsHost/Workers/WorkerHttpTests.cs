using System.Net;
using System.Text;
using Serverless.FunctionsHost.Apps;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>The rules that hold in both HTTP modes of an isolated worker.</summary>
public abstract class WorkerHttpTests(WorkerHost worker)
{
    [Fact, Rule(28, 29, 31)]
    public async Task A_function_gets_the_request_and_the_caller_its_response()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/echo/a%20b/c?x=1&y=%2F") { Content = new StringContent("the body") };
        request.Headers.Add("X-Test-One", "1");
        request.Headers.Add("X-Test-Two", ["2", "3"]);

        using var answer = await worker.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(["value"], answer.Headers.GetValues("X-Result"));
        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            ["POST", $"{worker.Client.BaseAddress}api/echo/a b/c?x=1&y=%2F", "a b|c", "x-test-one: 1", "x-test-two: 2, 3", "the body"],
            (await answer.Content.ReadAsStringAsync()).Replace("2,3", "2, 3", StringComparison.Ordinal).Split('\n'));
    }

    [Fact, Rule(28, 29)]
    public async Task Bytes_pass_in_both_directions_unchanged()
    {
        var bytes = new byte[WorkerHost.MaxBodyBytes];
        new Random(1).NextBytes(bytes);

        using var answer = await worker.Client.PostAsync("/api/bytes", new ByteArrayContent(bytes));

        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact, Rule(39)]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        using var answer = await worker.Client.PostAsync("/api/bytes", new ByteArrayContent(new byte[WorkerHost.MaxBodyBytes + 1]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact, Rule(29)]
    public async Task A_cookie_reaches_the_caller()
    {
        using var answer = await worker.Client.GetAsync("/api/cookie");

        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("name=value;", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact, Rule(10)]
    public async Task A_literal_segment_beats_a_parameter()
    {
        Assert.Equal("literal", await worker.Client.GetStringAsync("/api/literal"));
        Assert.Equal("any", await worker.Client.GetStringAsync("/api/other"));
    }

    [Fact, Rule(11)]
    public async Task A_method_that_is_not_listed_is_left_to_the_next_function()
    {
        using var keyed = await worker.Client.PostAsync("/api/keyed", null);
        using var echo = await worker.Client.DeleteAsync("/api/echo/a");

        Assert.Equal("any", await keyed.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, echo.StatusCode);
    }

    [Fact, Rule(15)]
    public async Task Keys_are_required_by_the_level_of_a_function()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await worker.Client.GetAsync("/api/keyed")).StatusCode);
        Assert.Equal("keyed", await worker.Client.GetStringAsync($"/api/keyed?code={Uri.EscapeDataString(worker.Host.HostKey)}"));
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await worker.Client.GetAsync($"/api/closed?code={Uri.EscapeDataString(worker.Host.HostKey)}")).StatusCode);
        Assert.Equal("closed", await worker.Client.GetStringAsync($"/api/closed?code={Uri.EscapeDataString(worker.Host.MasterKey)}"));
    }

    [Theory, Rule(5, 24)]
    [InlineData("FROM_TEST", "value")]
    [InlineData("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated")]
    [InlineData("AZURE_FUNCTIONS_ENVIRONMENT", "Development")]
    public async Task The_worker_has_the_settings_and_what_the_host_adds(string name, string value)
    {
        Assert.Equal(value, await worker.Client.GetStringAsync($"/api/setting/{name}"));
    }

    [Fact, Rule(33, 35)]
    public async Task A_function_that_fails_means_500_and_its_logs_are_shown()
    {
        using var answer = await worker.Client.GetAsync("/api/fail");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
        await WorkerHost.UntilAsync(
            () => Task.FromResult(worker.Host.Log.Contains("warn: Serverless.FunctionsHost.Worker.HttpFunctions: A function is about to fail.", StringComparison.Ordinal)),
            "the function's log entry");
    }

    [Fact, Rule(34)]
    public async Task A_caller_that_disconnects_cancels_the_function()
    {
        var id = Guid.NewGuid().ToString();
        using var caller = new CancellationTokenSource();
        var call = worker.Client.GetAsync($"/api/wait/{id}", caller.Token);
        await WorkerHost.JournalAsync(worker.Client, id, "started");

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await WorkerHost.JournalAsync(worker.Client, id, "cancelled");
    }

    [Fact, Rule(43)]
    public async Task A_function_with_another_trigger_is_run_by_hand()
    {
        var next = $"{DateTime.UtcNow.Year + 1}-01-01";

        Assert.Equal(HttpStatusCode.Accepted, await AdministerAsync("yearly", """{"input":""}"""));
        await WorkerHost.JournalAsync(worker.Client, "yearly", $"False {next}");
        Assert.Equal(HttpStatusCode.Accepted, await AdministerAsync("queue", """{"input":"by hand"}"""));
        await WorkerHost.JournalAsync(worker.Client, "queue", "by hand");
    }

    [Theory, Rule(43)]
    [InlineData("unknown", """{"input":""}""", HttpStatusCode.NotFound)]
    [InlineData("yearly", "input", HttpStatusCode.BadRequest)]
    [InlineData("yearly", "[]", HttpStatusCode.BadRequest)]
    [InlineData("literal", """{"input":""}""", HttpStatusCode.BadRequest)]
    public async Task Other_requests_to_run_a_function_are_refused(string function, string body, HttpStatusCode status)
    {
        Assert.Equal(status, await AdministerAsync(function, body));
        using var keyless = await worker.Client.PostAsync($"/admin/functions/{function}", new StringContent(body));
        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
    }

    private async Task<HttpStatusCode> AdministerAsync(string function, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/functions/{function}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-functions-key", worker.Host.MasterKey);
        using var answer = await worker.Client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>Sends a header as UTF-8.</summary>
    private protected async Task<HttpResponseMessage> SendUtf8HeaderAsync(string value)
    {
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = worker.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/echo/x");
        request.Headers.TryAddWithoutValidation("X-Test-Name", value);
        return await client.SendAsync(request);
    }
}

/// <inheritdoc/>
public sealed class MessageWorkerTests(MessageHost worker) : WorkerHttpTests(worker), IClassFixture<MessageHost>
{
    private readonly MessageHost _worker = worker;

    [Fact, Rule(26)]
    public void The_worker_s_own_list_has_the_functions_of_the_metadata_file_and_those_of_its_hubs()
    {
        var errors = new Dictionary<string, string>();

        var written = FunctionFiles.ReadMetadata(BuiltProgram.FunctionsHostWorker.Directory, errors);

        Assert.Empty(errors);
        Assert.Empty(_worker.Host.Errors);
        var added = _worker.Host.Functions.Select(function => function.Name).Except(written.Select(function => function.Name)).ToList();
        Assert.Equal(_worker.Host.Functions.Count - written.Count, added.Count);
        Assert.Contains("mirrorhub-negotiate", added);
    }

    [Fact, Rule(30)]
    public async Task A_body_of_unknown_length_is_not_passed_on()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/bytes") { Content = new StringContent("lost") };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await _worker.Client.SendAsync(request);

        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact, Rule(32)]
    public async Task A_header_beyond_ascii_is_read_as_Latin_1()
    {
        using var answer = await SendUtf8HeaderAsync("é 日");

        Assert.Contains("x-test-name: Ã© æ\u0097¥", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

/// <inheritdoc/>
public sealed class ProxiedWorkerTests(ProxyHost worker) : WorkerHttpTests(worker), IClassFixture<ProxyHost>
{
    private readonly ProxyHost _worker = worker;

    [Fact, Rule(28)]
    public async Task Both_bodies_are_streamed()
    {
        var id = Guid.NewGuid().ToString();
        using var content = new ManualContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/live/stream/{id}") { Content = content };
        var sending = _worker.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await content.WriteAsync("begun\n" + new string('x', 65_536)); // the proxy's client keeps the last bytes in its buffer
        await WorkerHost.JournalAsync(_worker.Client, id, "begun");
        content.End();

        using var answer = await sending.WaitAsync(WorkerHost.Limit);
        using var body = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("first", await body.ReadLineAsync().WaitAsync(WorkerHost.Limit));
        using var released = await _worker.Client.PostAsync($"/api/release/{id}", null);
        Assert.Equal("second", await body.ReadLineAsync().WaitAsync(WorkerHost.Limit));
    }

    [Fact, Rule(28)]
    public async Task The_worker_sees_the_host_s_own_address()
    {
        Assert.Equal($"{_worker.Client.BaseAddress}api/live/forwarded", await _worker.Client.GetStringAsync("/api/live/forwarded"));
    }

    [Fact, Rule(32)]
    public async Task A_header_beyond_ascii_means_500()
    {
        using var answer = await SendUtf8HeaderAsync("é").WaitAsync(WorkerHost.Limit);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
    }
}
