namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>The time limit of all waits in wire tests. It is generous, because only a failure reaches it.</summary>
internal static class Waits
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Returns a token that is cancelled at the limit.</summary>
    public static CancellationToken Limited() => new CancellationTokenSource(Limit).Token;

    /// <summary>Polls until the condition is true.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var limit = Limited();
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Limit} without success until: {what}");
            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Completes when the token is cancelled, within the limit.</summary>
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
