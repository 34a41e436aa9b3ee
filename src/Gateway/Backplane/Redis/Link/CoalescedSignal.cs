namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>
/// Runs an action on a pool thread, once for all signals before it begins. A caller of <see cref="Set"/> may hold a lock. Safe for many threads.
/// </summary>
internal sealed class CoalescedSignal(Action action)
{
    private bool _isQueued;

    public void Set()
    {
        if (!Interlocked.Exchange(ref _isQueued, true))
        {
            ThreadPool.QueueUserWorkItem(static signal => signal.Run(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        Volatile.Write(ref _isQueued, false);
        action();
    }
}
