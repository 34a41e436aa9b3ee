using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Backplane;

/// <summary>The way to the other nodes. Messages of one node reach each other node in the order in which it sent them.</summary>
internal interface IBackplane : IInterest
{
    /// <summary>True where there are no others: nothing need be encoded.</summary>
    bool IsAlone { get; }

    /// <summary>How the way is, for health.</summary>
    BackplaneStatus Status { get; }

    /// <summary>What holds for messages to clients when the way fails.</summary>
    DeliveryGuarantee Delivery { get; }

    /// <summary>Called for each message of another node, one at a time and in order. Set once, before the host starts.</summary>
    Func<BackplaneMessage, ValueTask>? Receive { get; set; }

    /// <summary>
    /// Called when no node has a receiver for what was sought. By the thread that hears of it: it must be quick. Set once, before the host starts.
    /// </summary>
    Action<ReceiverSearch>? Unreached { get; set; }

    /// <summary>Sends to every other node that has someone the target names.</summary>
    ValueTask<Told> TellAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload);

    /// <summary>
    /// Sends like <see cref="TellAsync"/> what has no receiver on this node. When all nodes that get it <see cref="Deny"/> having one, or none
    /// gets it, <see cref="Unreached"/> is called; not while nobody can tell, as the way is away. If that is unclear, it may be sought anew, with
    /// a question as the payload.
    /// </summary>
    /// <param name="search">What is sought.</param>
    /// <param name="payload">The message, or a question about it.</param>
    /// <param name="isSent">
    /// For a question about a message that is sent surely, and only behind the question: true when it is, and has found nobody here either.
    /// </param>
    ValueTask<Told> SeekAsync(ReceiverSearch search, ReadOnlyMemory<byte> payload, Task<bool>? isSent = null);

    /// <summary>Says that this node has no receiver for a message, and why, if it is sought.</summary>
    void Deny(BackplaneMessage message, int reason);

    /// <summary>
    /// Sends a message for clients like <see cref="TellAsync"/>, at least once. Ends when Redis has it, or, while Redis is away, when it waits
    /// for it in this node's memory.
    /// </summary>
    /// <exception cref="BackplaneUnavailableException">Redis refuses it, or too much waits already: nobody got it.</exception>
    ValueTask SendSurelyAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload);

    /// <summary>Sends like <see cref="TellAsync"/>, and gathers the answers of those who got it, until the limit at most.</summary>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled);

    /// <summary>Asks the one node that a connection lives on; those where it does not answer with nothing.</summary>
    /// <returns>Its answer; null if it lives nowhere, or no answer came in time.</returns>
    /// <exception cref="BackplaneUnavailableException">The way is away.</exception>
    ValueTask<ReadOnlyMemory<byte>?> AskOneAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled);

    /// <summary>Answers a request.</summary>
    void Reply(BackplaneMessage request, ReadOnlyMemory<byte> payload);

    /// <summary>Ends when all that other nodes had sent when this was called has been acted on here, or the time is over.</summary>
    Task FenceAsync(TimeSpan limit);

    /// <summary>
    /// Claims a connection id, which one node alone may have, for a time. While Redis does not answer, the node that made the id gets it, and
    /// no other.
    /// </summary>
    ValueTask<Claim> ClaimAsync(string connectionId, TimeSpan time);
}

/// <summary>How the way to the other nodes is.</summary>
/// <param name="State">In a word.</param>
/// <param name="WaitingBytes">Bytes of messages that wait for Redis to take them.</param>
/// <param name="Losses">How often messages of other nodes were lost to this node, or may have been.</param>
internal readonly record struct BackplaneStatus(string State, long WaitingBytes = 0, long Losses = 0)
{
    public const string NotConfigured = "NotConfigured";
    public const string Connected = "Connected";
    public const string Unavailable = "Unavailable";
    public const string Partial = "Partial";

    /// <summary>Whether what is told goes out at once: where Redis takes no writes, it still passes messages on.</summary>
    public bool IsOpen => State is not (Unavailable or Partial);
}
