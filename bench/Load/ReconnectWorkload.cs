using System.Diagnostics;

namespace Serverless.Load;

/// <summary>Clients that connect, complete the handshake, close, wait for the server's close, and start again.</summary>
internal sealed class ReconnectWorkload(ClientLoop loop) : MeasuredWorkload(loop)
{
    private readonly long[] _started = new long[loop.Connections.Length];
    private bool _hasBegun;
    private int _alive;
    private long _unexpected;

    /// <summary>The number of connections made since the start.</summary>
    internal long Made { get; private set; }

    internal override bool IsQuiet => _alive - Loop.Broken == 0;

    internal override Faults Faults => new(0, 0, 0, Loop.Broken, _unexpected);

    public override TimeSpan Pace(long now)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            for (var client = 0; client < Loop.Connections.Length; client++)
            {
                Start(client, now);
            }
        }

        return TimeSpan.MaxValue;
    }

    public override void Ready(int client)
    {
        Made++;
        Count(_started[client], Stopwatch.GetTimestamp());
        Loop.Close(client);
    }

    public override void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now) => _unexpected++;

    public override void Ended(int client)
    {
        _alive--;
        if (!IsStopped)
        {
            Start(client, Stopwatch.GetTimestamp());
        }
    }

    private void Start(int client, long now)
    {
        _alive++;
        _started[client] = now;
        Loop.Connect(client);
    }
}
