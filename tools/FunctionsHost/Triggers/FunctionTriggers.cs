using System.Collections.Concurrent;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>Runs functions that have no HTTP trigger: by schedule, for the messages of a queue, and by hand.</summary>
internal sealed class FunctionTriggers(
    IAppRuntime runtime, HostFile host, IReadOnlyDictionary<string, string?> settings, TimeProvider time, HostLog log) : IDisposable
{
    private static readonly Dictionary<string, TypedData> NoMetadata = [];

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Starts to listen for every function whose trigger is known here.</summary>
    public void Start()
    {
        foreach (var function in runtime.Functions.Where(function => function.Http is null))
        {
            try
            {
                if (function.Trigger.Is(TimerTrigger.Type))
                {
                    Track(new TimerTrigger(function, settings, time).RunAsync(input => RunAsync(function, input, NoMetadata), _stopping.Token));
                }
                else if (function.Trigger.Is(QueueTrigger.Type) && QueueTrigger.TryCreate(function, settings, host.Queues) is { } queue)
                {
                    Track(queue.RunAsync((input, metadata) => RunAsync(function, input, metadata), log, _stopping.Token));
                }
                else
                {
                    log.Write(LogLevel.Warning, nameof(FunctionsHostApp), $"'{function.Name}' runs only by POST /admin/functions/{function.Name}.");
                }
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"The trigger of '{function.Name}' cannot be used: {e.Message}");
            }
        }
    }

    /// <summary>Starts a function by hand.</summary>
    /// <returns>False for an HTTP function, which is run by its route.</returns>
    public bool TryRun(FunctionDefinition function, string input)
    {
        if (function.Http is not null)
        {
            return false;
        }

        var value = function.Trigger.Is(TimerTrigger.Type) ? new TimerTrigger(function, settings, time).Input() : new TypedData { String = input };
        Track(RunAsync(function, value, NoMetadata));
        return true;
    }

    /// <summary>Cancels what runs, and waits for its end for a while. A function that is started later is cancelled at once.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_running.Keys), Task.Delay(StopLimit)); // The worker is ended next.
    }

    public void Dispose() => _stopping.Dispose();

    private void Track(Task task)
    {
        _running[task] = true;
        _ = task.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
    }

    // Returns whether the function has succeeded.
    private async Task<bool> RunAsync(FunctionDefinition function, TypedData input, IReadOnlyDictionary<string, TypedData> metadata)
    {
        try
        {
            await runtime.RunAsync(function, input, metadata, _stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (InvocationException e)
        {
            if (!_stopping.IsCancellationRequested)
            {
                log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"'{function.Name}' failed: {e.Message}");
            }

            return false;
        }
    }
}
