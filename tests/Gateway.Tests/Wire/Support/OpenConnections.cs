namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>Counts the open connections of a server, and their peak.</summary>
internal sealed class OpenConnections
{
    private readonly Lock _gate = new();
    private int _open;
    private int _most;

    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    public int Most
    {
        get
        {
            lock (_gate)
            {
                return _most;
            }
        }
    }

    /// <summary>Counts a connection while it lasts.</summary>
    public async Task CountAsync(Func<Task> connection)
    {
        lock (_gate)
        {
            _most = Math.Max(_most, ++_open);
        }

        try
        {
            await connection();
        }
        finally
        {
            lock (_gate)
            {
                _open--;
            }
        }
    }
}
