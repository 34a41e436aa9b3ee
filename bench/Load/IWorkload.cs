namespace Serverless.Load;

/// <summary>The activity of a scenario's clients. All calls are made on the thread of the loop.</summary>
internal interface IWorkload
{
    /// <summary>Performs the actions that are due and returns how long the loop may wait for sockets.</summary>
    TimeSpan Pace(long now);

    void Ready(int client);

    /// <summary>Receives a hub message other than pings, closes and the handshake.</summary>
    void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now);

    /// <summary>Called when a connection has closed as requested.</summary>
    void Ended(int client);
}
