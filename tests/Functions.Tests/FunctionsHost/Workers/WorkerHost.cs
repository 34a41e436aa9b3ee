using Serverless.FunctionsHost;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>A host with the tests' isolated worker in one of its HTTP modes; shared by the tests of a class.</summary>
public abstract class WorkerHost(string mode) : IAsyncLifetime
{
    internal const int MaxBodyBytes = 1024 * 1024;
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    internal FunctionsHostApp Host { get; private set; } = null!;

    internal HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = await StartAsync(
            new FunctionsHostOptions { Root = BuiltProgram.FunctionsHostWorker.Directory, Variables = Variables(mode), MaxBodyBytes = MaxBodyBytes });
        Client = new HttpClient { BaseAddress = Host.Address, Timeout = Limit };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }

    internal static Dictionary<string, string?> Variables(string mode = "messages") => new()
    {
        ["HTTP_MODE"] = mode,
        ["SECONDLY"] = "0 0 0 1 1 *",
        ["FROM_TEST"] = "value",
    };

    internal static async Task<FunctionsHostApp> StartAsync(FunctionsHostOptions options)
    {
        var host = await FunctionsHostApp.StartAsync(options);
        try
        {
            Assert.True(await host.WhenReady.WaitAsync(Limit), host.Log);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a function has recorded something.</summary>
    internal static Task JournalAsync(HttpClient client, string name, string expected) =>
        UntilAsync(async () => await client.GetStringAsync($"/api/journal/{name}") == expected, $"the journal's '{name}' to be '{expected}'");

    internal static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var poll = new PeriodicTimer(PollInterval);
        while (!await condition())
        {
            Assert.True(!limit.IsCancellationRequested, $"Waited too long for {what}.");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}

/// <summary>The worker gets HTTP requests as messages.</summary>
public sealed class MessageHost() : WorkerHost("messages");

/// <summary>The worker gets HTTP requests at a port of its own.</summary>
public sealed class ProxyHost() : WorkerHost("aspnetcore");
