using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Workers;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>Rules 23, 26, 27, 36 to 38 and 40: the start of an isolated worker, its end, and its limits.</summary>
public sealed class WorkerLifeTests
{
    [Fact, Rule(23)]
    public void The_worker_s_program_is_in_its_file()
    {
        using var app = new WorkerFolder();

        var dotnet = WorkerConfig.Read(app.Root)!;
        Assert.Equal("dotnet", dotnet.Executable);
        Assert.Equal(Path.Combine(app.Root, "FunctionsHost.Worker.dll"), dotnet.WorkerPath);
        Assert.True(dotnet.IndexesFunctions);

        app.Edit("worker.config.json", text => text.Replace("\"dotnet\"", "\"{WorkerRoot}FunctionsHost.Worker\"", StringComparison.Ordinal));
        Assert.Equal(Path.Combine(app.Root, "FunctionsHost.Worker"), WorkerConfig.Read(app.Root)!.Executable);
    }

    [Theory, Rule(23)]
    [InlineData("custom")]
    [InlineData("dotnet-isolated")]
    public async Task The_runtime_setting_decides_between_worker_and_custom_handler(string runtime)
    {
        using var app = new WorkerFolder();
        app.Edit("host.json", _ => AppFolder.HostWith());
        await using var handler = new EchoHandler();
        await using var host = await handler.StartHostAsync(app.Root, new Dictionary<string, string?> { ["FUNCTIONS_WORKER_RUNTIME"] = runtime });

        Assert.Equal(runtime == "dotnet-isolated", host.Runtime is WorkerRuntime);
    }

    [Fact, Rule(26, 27)]
    public async Task Functions_are_read_from_the_metadata_file_and_one_that_cannot_be_loaded_leaves_the_others()
    {
        using var app = new WorkerFolder();
        app.Edit("worker.config.json", text => text.Replace("\"workerIndexing\": \"true\"", "\"workerIndexing\": \"false\"", StringComparison.Ordinal));
        app.Edit("functions.metadata", text => text.Replace("HttpFunctions.Literal", "HttpFunctions.Missing", StringComparison.Ordinal));
        var variables = WorkerHost.Variables();
        variables["HUBS"] = "none"; // hubs refuse to start without indexing
        await using var host = await WorkerHost.StartAsync(new FunctionsHostOptions { Root = app.Root, Variables = variables });
        using var client = new HttpClient { BaseAddress = host.Address };

        Assert.Contains("Missing", host.Errors["literal"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync("/api/literal")).StatusCode);
        Assert.Equal("any", await client.GetStringAsync("/api/other"));
    }

    [Fact, Rule(36)]
    public async Task A_worker_that_ends_is_started_again_but_not_for_ever()
    {
        await using var host = await WorkerHost.StartAsync(
            new FunctionsHostOptions { Root = BuiltProgram.FunctionsHostWorker.Directory, Variables = WorkerHost.Variables() });
        using var client = new HttpClient { BaseAddress = host.Address };

        for (var restart = 0; restart < 3; restart++)
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await client.PostAsync("/api/crash", null)).StatusCode);
            Assert.Equal("literal", await client.GetStringAsync("/api/literal"));
        }

        Assert.False(host.WhenFailed.IsCompleted);
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.PostAsync("/api/crash", null)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/api/literal")).StatusCode);
        await host.WhenFailed.WaitAsync(WorkerHost.Limit);
    }

    [Fact, Rule(37)]
    public async Task A_function_that_takes_too_long_gets_500_and_its_worker_is_replaced()
    {
        using var app = new WorkerFolder();
        app.Edit("host.json", text => text.Replace("00:01:00", "00:00:01", StringComparison.Ordinal));
        await using var host = await WorkerHost.StartAsync(new FunctionsHostOptions { Root = app.Root, Variables = WorkerHost.Variables() });
        using var client = new HttpClient { BaseAddress = host.Address };
        var before = ((WorkerRuntime)host.Runtime).Current!.ProcessId;

        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync("/api/wait/a")).StatusCode);
        Assert.Equal("literal", await client.GetStringAsync("/api/literal"));
        Assert.NotEqual(before, ((WorkerRuntime)host.Runtime).Current!.ProcessId);
    }

    [Fact, Rule(38)]
    public async Task The_worker_ends_by_itself_when_the_host_stops()
    {
        await using var host = await WorkerHost.StartAsync(
            new FunctionsHostOptions { Root = BuiltProgram.FunctionsHostWorker.Directory, Variables = WorkerHost.Variables() });
        var process = ((WorkerRuntime)host.Runtime).Current!.ProcessId;

        await host.DisposeAsync();

        Assert.Contains($"The worker process {process} has ended with exit code 0.", host.Log, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(process));
    }

    [Fact, Rule(40)]
    public async Task Requests_beyond_the_limit_of_the_host_file_get_429()
    {
        using var app = new WorkerFolder();
        app.Edit("host.json", text => Regex.Replace(text, "\"max(Concurrent|Outstanding)Requests\": [0-9]+", "\"max$1Requests\": 2"));
        await using var host = await WorkerHost.StartAsync(new FunctionsHostOptions { Root = app.Root, Variables = WorkerHost.Variables() });
        using var client = new HttpClient { BaseAddress = host.Address };
        using var callers = new CancellationTokenSource();
        var first = client.GetAsync("/api/wait/a", callers.Token);
        await WorkerHost.JournalAsync(client, "a", "started");

        var second = client.GetAsync("/api/wait/b", callers.Token);
        await WorkerHost.UntilAsync(
            async () => (await client.GetAsync("/api/literal")).StatusCode == HttpStatusCode.TooManyRequests, "the second request to count");
        await callers.CancelAsync();
        await WorkerHost.UntilAsync(async () => (await client.GetAsync("/api/literal")).StatusCode == HttpStatusCode.OK, "a place to become free");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }
}
