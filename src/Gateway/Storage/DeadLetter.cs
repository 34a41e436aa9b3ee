using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Represents an event that its upstream did not accept, with everything needed to send it again except secrets: no URL, signature or token.
/// </summary>
internal sealed record DeadLetter
{
    /// <summary>Gets the event's id, as its functions receive it.</summary>
    public required string EventId { get; init; }

    public required HubName Hub { get; init; }

    public required string ConnectionId { get; init; }

    /// <summary>Gets the event's number within its connection; null if it is unknown.</summary>
    public int? Sequence { get; init; }

    /// <summary>Gets the time when the gateway received the event.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Category { get; init; }

    public required string EventName { get; init; }

    /// <summary>Gets the body's media type.</summary>
    public required string ContentType { get; init; }

    public string? UserId { get; init; }

    /// <summary>Gets the user's claims in the form of their header.</summary>
    public string? Claims { get; init; }

    public string? ClientQuery { get; init; }

    /// <summary>Gets the template's index, for information. A replay finds the template again.</summary>
    public int Template { get; init; }

    /// <summary>Gets the number of attempts.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets the time when the last attempt failed.</summary>
    public DateTimeOffset FailedAt { get; init; }

    /// <summary>Gets the reason of the failure.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets the status of the last answer; 0 without an answer.</summary>
    public int Status { get; init; }

    /// <summary>Gets the request's body; empty in a list.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public int BodyLength { get; init; }

    /// <summary>
    /// Gets the letter's id, which is URL-safe. Sorted as text, a hub's letters are together, in the order of their events.
    /// </summary>
    public DeadLetterId Id => new(
        DeadLetterId.PartitionOf(Hub),
        string.Create(CultureInfo.InvariantCulture, $"{Time.UtcTicks:D19}-{Sequence ?? int.MaxValue:D10}-{ConnectionId}"));
}

/// <summary>Represents a letter's id in two parts, as tables need it.</summary>
/// <param name="Partition">A hash of the hub.</param>
/// <param name="Row">Time, sequence and connection.</param>
internal readonly record struct DeadLetterId(string Partition, string Row)
{
    private const int PartitionLength = 16;
    private const int MaxRowChars = 256;

    public static string PartitionOf(HubName hub) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hub.Value)))[..PartitionLength];

    /// <summary>Parses an id from a path.</summary>
    public static bool TryParse(string text, out DeadLetterId id)
    {
        var isId = text.Length is > PartitionLength + 1 and <= PartitionLength + 1 + MaxRowChars
            && text[PartitionLength] == '-'
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        id = isId ? new DeadLetterId(text[..PartitionLength], text[(PartitionLength + 1)..]) : default;
        return isId;
    }

    public override string ToString() => $"{Partition}-{Row}";
}
