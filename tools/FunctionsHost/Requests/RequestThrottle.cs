namespace Serverless.FunctionsHost.Requests;

/// <summary>Limits the number of HTTP functions that run at a time, and of requests that run or wait.</summary>
internal sealed class RequestThrottle(int maxConcurrent, int maxOutstanding) : IDisposable
{
    private readonly SemaphoreSlim _running = new(maxConcurrent);
    private int _outstanding;

    /// <summary>Waits until the request may run.</summary>
    /// <returns>False if too many requests wait. Otherwise the caller calls <see cref="Leave"/> at the request's end.</returns>
    public async ValueTask<bool> TryEnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _outstanding) > maxOutstanding)
        {
            Interlocked.Decrement(ref _outstanding);
            return false;
        }

        try
        {
            await _running.WaitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _outstanding);
            throw;
        }
    }

    public void Leave()
    {
        _running.Release();
        Interlocked.Decrement(ref _outstanding);
    }

    public void Dispose() => _running.Dispose();
}
