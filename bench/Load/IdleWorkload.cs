namespace Serverless.Load;

/// <summary>Keeps connections open and expects nothing on them.</summary>
internal sealed class IdleWorkload : IWorkload
{
    internal static readonly IdleWorkload Instance = new();

    public TimeSpan Pace(long now) => TimeSpan.MaxValue;

    public void Ready(int client)
    {
    }

    public void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now)
    {
    }

    public void Ended(int client)
    {
    }
}
