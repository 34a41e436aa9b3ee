using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Backplane;

/// <summary>Carries messages between nodes. The messages of one node reach each other node in the order in which it sent them.</summary>
internal interface IBackplane : IInterest
{
    /// <summary>Gets a value that indicates whether this is the only node, so that nothing need be encoded.</summary>
    bool IsAlone { get; }

    /// <summary>Gets the state of the connection to the other nodes, for the health report.</summary>
    BackplaneStatus Status { get; }

    /// <summary>Gets the guarantee for messages to clients when the connection fails.</summary>
    DeliveryGuarantee Delivery { get; }

    /// <summary>
    /// Gets or sets the callback for each message of another node, called for one at a time and in order. Set once, before the host starts.
    /// </summary>
    Func<BackplaneMessage, ValueTask>? Receive { get; set; }

    /// <summary>
    /// Gets or sets the callback for a search that has found no receiver on any node. Called on the thread that gets the last answer: it must
    /// be quick. Set once, before the host starts.
    /// </summary>
    Action<ReceiverSearch>? Unreached { get; set; }

    /// <summary>Sends to every other node that has a connection of the target.</summary>
    ValueTask<Told> TellAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload);

    /// <summary>
    /// Sends like <see cref="TellAsync"/> a message without a receiver on this node. Calls <see cref="Unreached"/> when all nodes that get it
    /// <see cref="Deny"/> having one, or no node gets it; not while Redis is unreachable, since the number of receivers is then unknown. If the
    /// result is unclear, the caller may search again with a question as the payload.
    /// </summary>
    /// <param name="search">The message without a receiver.</param>
    /// <param name="payload">The message, or a question about it.</param>
    /// <param name="isSent">
    /// For a question about a message that is sent at least once, after the question: true when it is sent and has found no receiver here.
    /// </param>
    ValueTask<Told> SeekAsync(ReceiverSearch search, ReadOnlyMemory<byte> payload, Task<bool>? isSent = null);

    /// <summary>Reports that this node has no receiver for a message, with the reason, if the sender searches for one.</summary>
    void Deny(BackplaneMessage message, int reason);

    /// <summary>
    /// Sends a message for clients like <see cref="TellAsync"/>, at least once. Completes when Redis has it, or, while Redis is unreachable,
    /// when it waits in this node's memory.
    /// </summary>
    /// <exception cref="BackplaneUnavailableException">Redis refuses it, or too many bytes wait already: no client got it.</exception>
    ValueTask SendSurelyAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload);

    /// <summary>Sends like <see cref="TellAsync"/>, and returns the answers of the nodes that got it within the limit.</summary>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled);

    /// <summary>Asks the one node that has a connection; other nodes answer with no bytes.</summary>
    /// <returns>The answer; null if no node has the connection, or no answer came in time.</returns>
    /// <exception cref="BackplaneUnavailableException">Redis is unreachable.</exception>
    ValueTask<ReadOnlyMemory<byte>?> AskOneAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled);

    /// <summary>Answers a request.</summary>
    void Reply(BackplaneMessage request, ReadOnlyMemory<byte> payload);

    /// <summary>Completes when all messages that other nodes had sent before the call have been handled here, or the limit is over.</summary>
    Task FenceAsync(TimeSpan limit);

    /// <summary>
    /// Claims a connection id for a time: only one node may have it. While Redis does not answer, only the node that made the id gets it.
    /// </summary>
    ValueTask<Claim> ClaimAsync(string connectionId, TimeSpan time);
}

/// <summary>Represents the state of the connection to the other nodes.</summary>
/// <param name="State">The state in one word, for the health report.</param>
/// <param name="WaitingBytes">The bytes of messages that wait for Redis.</param>
/// <param name="Losses">The number of occasions on which messages of other nodes were lost to this node, or may have been.</param>
internal readonly record struct BackplaneStatus(string State, long WaitingBytes = 0, long Losses = 0)
{
    public const string NotConfigured = "NotConfigured";
    public const string Connected = "Connected";
    public const string Unavailable = "Unavailable";
    public const string Partial = "Partial";

    /// <summary>Gets a value that indicates whether messages are sent at once: a Redis that refuses writes still publishes.</summary>
    public bool IsOpen => State is not (Unavailable or Partial);
}
