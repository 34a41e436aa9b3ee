namespace Serverless.Load;

/// <summary>Connects clients, a bounded number at a time, and leaves them idle.</summary>
internal sealed class ConnectingWorkload(ClientLoop loop) : IWorkload
{
    private const int AtOnce = 64;

    private int _started;
    private int _ready;

    internal bool IsDone => _ready + loop.Broken >= loop.Connections.Length;

    public TimeSpan Pace(long now)
    {
        while (_started < loop.Connections.Length && _started - _ready - loop.Broken < AtOnce)
        {
            loop.Connect(_started++);
        }

        return TimeSpan.MaxValue;
    }

    public void Ready(int client) => _ready++;

    public void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now)
    {
    }

    public void Ended(int client)
    {
    }
}
