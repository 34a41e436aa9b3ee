namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>The one limit of all waits in wire tests: generous, because it is only ever reached by a failure.</summary>
internal static class Waits
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A token that ends a wait which would never end.</summary>
    public static CancellationToken Limited() => new CancellationTokenSource(Limit).Token;

    /// <summary>Looks until it is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var limit = Limited();
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Limit} in vain: {what}");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Ends, within the limit, when the token is cancelled.</summary>
    public static async Task WhenCancelledAsync(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (token.UnsafeRegister(_ => cancelled.TrySetResult(), null))
        {
            await cancelled.Task.WaitAsync(Limit, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);
}
