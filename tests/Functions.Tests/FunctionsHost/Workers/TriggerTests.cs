using System.Text.Json;
using Azure.Storage.Queues;
using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Triggers;
using Serverless.Support.Azurite;
using Serverless.Support.Processes;
using Serverless.Support.Time;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>Rules 40 to 42: timers and queues, and the throttle.</summary>
public sealed class TriggerTests
{
    private static readonly Dictionary<string, string?> NoSettings = [];

    [Theory, Rule(41)]
    [InlineData("0 30 9 * * 1-5")]
    [InlineData("*/5 * * * *")]
    [InlineData("00:00:30")]
    [InlineData("%SCHEDULE%")]
    public void A_schedule_is_a_cron_expression_or_an_interval(string schedule)
    {
        var settings = new Dictionary<string, string?> { ["SCHEDULE"] = "0 0 * * * *" };

        var input = new TimerTrigger(Timer(schedule), settings, TimeProvider.System).Input();

        var status = JsonDocument.Parse(input.Json).RootElement.GetProperty("ScheduleStatus");
        Assert.True(status.GetProperty("Next").GetDateTime() > status.GetProperty("Last").GetDateTime());
    }

    [Theory, Rule(41)]
    [InlineData("every day")]
    [InlineData("0 61 * * * *")]
    [InlineData("%MISSING%")]
    public void A_wrong_schedule_is_refused(string schedule)
    {
        Assert.Throws<InvalidDataException>(() => new TimerTrigger(Timer(schedule), NoSettings, TimeProvider.System));
    }

    [Fact, Rule(41)]
    public async Task A_timer_runs_at_each_of_its_times()
    {
        var time = new FakeTime();
        using var stop = new CancellationTokenSource();
        var runs = 0;
        var running = new TimerTrigger(Timer("00:00:30"), NoSettings, time).RunAsync(_ => Task.FromResult(Interlocked.Increment(ref runs)), stop.Token);

        for (var expected = 1; expected <= 3; expected++)
        {
            await WorkerHost.UntilAsync(() => Task.FromResult(time.UntilNextTimer is not null), "the next wait");
            Assert.Equal(expected - 1, Volatile.Read(ref runs));
            time.Advance(TimeSpan.FromSeconds(31));
            await WorkerHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref runs) == expected), $"run {expected}");
        }

        await stop.CancelAsync();
        await running.WaitAsync(WorkerHost.Limit);
    }

    [Fact, Rule(41)]
    public async Task A_timer_runs_each_second_in_the_worker()
    {
        var variables = WorkerHost.Variables();
        variables["SECONDLY"] = "* * * * * *";
        await using var host = await WorkerHost.StartAsync(new FunctionsHostOptions { Root = BuiltProgram.FunctionsHostWorker.Directory, Variables = variables });
        using var client = new HttpClient { BaseAddress = host.Address };

        await WorkerHost.JournalAsync(client, "secondly", "False");
    }

    [Fact, Rule(42)]
    public async Task A_queue_s_message_runs_its_function_and_one_that_fails_goes_to_the_poison_queue()
    {
        await using var azurite = await AzuriteServer.StartAsync(AzuriteService.Queue);
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 };
        var queue = new QueueClient(azurite.ConnectionString, "messages", options);
        var poison = new QueueClient(azurite.ConnectionString, "messages-poison", options);
        await queue.CreateAsync();
        var variables = WorkerHost.Variables();
        variables["Queues"] = azurite.ConnectionString;
        await using var host = await WorkerHost.StartAsync(new FunctionsHostOptions { Root = BuiltProgram.FunctionsHostWorker.Directory, Variables = variables });
        using var client = new HttpClient { BaseAddress = host.Address };

        var sent = await queue.SendMessageAsync("hello, 日本");
        await WorkerHost.JournalAsync(client, "queue", "hello, 日本");
        Assert.Equal(sent.Value.MessageId, await client.GetStringAsync("/api/journal/queue-id"));
        await queue.SendMessageAsync("poison");
        await WorkerHost.UntilAsync(async () => (await poison.ExistsAsync()).Value && (await poison.PeekMessageAsync()).Value?.Body.ToString() == "poison", "the poison queue");
        await WorkerHost.UntilAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, "the queue to be empty");
    }

    [Fact, Rule(40)]
    public async Task A_request_waits_for_a_place_and_is_refused_when_too_many_wait()
    {
        using var throttle = new RequestThrottle(maxConcurrent: 1, maxOutstanding: 2);

        Assert.True(await throttle.TryEnterAsync(CancellationToken.None));
        var second = throttle.TryEnterAsync(CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        Assert.False(await throttle.TryEnterAsync(CancellationToken.None));
        throttle.Leave();
        Assert.True(await second.WaitAsync(WorkerHost.Limit));
    }

    private static FunctionDefinition Timer(string schedule) => FunctionDefinition.Create(
        "timer", [JsonDocument.Parse($$"""{ "name": "t", "type": "timerTrigger", "direction": "in", "schedule": "{{schedule}}" }""").RootElement]);
}
