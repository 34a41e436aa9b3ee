namespace Serverless.Load;

/// <summary>What a scenario does with its clients. All calls come from the one thread of the loop.</summary>
internal interface IWorkload
{
    /// <summary>Does what is due and says how long the loop may wait for sockets.</summary>
    TimeSpan Pace(long now);

    void Ready(int client);

    /// <summary>A hub message other than pings, closes and the handshake.</summary>
    void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now);

    /// <summary>A connection that was asked to close is gone.</summary>
    void Ended(int client);
}
