using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// An event that its upstream did not take, with all that is needed to send it again but secrets: no URL, no signature, no token.
/// </summary>
internal sealed record DeadLetter
{
    /// <summary>The event's own id, as its functions know it.</summary>
    public required string EventId { get; init; }

    public required HubName Hub { get; init; }

    public required string ConnectionId { get; init; }

    /// <summary>The event's place among its connection's; null where it is not known.</summary>
    public int? Sequence { get; init; }

    /// <summary>When the gateway got it.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Category { get; init; }

    public required string EventName { get; init; }

    /// <summary>The body's media type.</summary>
    public required string ContentType { get; init; }

    public string? UserId { get; init; }

    /// <summary>In the form of their header.</summary>
    public string? Claims { get; init; }

    public string? ClientQuery { get; init; }

    /// <summary>The template's place, for the reader: a replay looks for the template anew.</summary>
    public int Template { get; init; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }

    /// <summary>When the last one had failed.</summary>
    public DateTimeOffset FailedAt { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The last answer's status; 0 without one.</summary>
    public int Status { get; init; }

    /// <summary>The request's body; empty in a list.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public int BodyLength { get; init; }

    /// <summary>
    /// Where it is kept: sorted as text, a hub's letters are together, in the order in which the events came. URL-safe.
    /// </summary>
    public DeadLetterId Id => new(
        DeadLetterId.PartitionOf(Hub),
        string.Create(CultureInfo.InvariantCulture, $"{Time.UtcTicks:D19}-{Sequence ?? int.MaxValue:D10}-{ConnectionId}"));
}

/// <summary>A letter's id in two parts, as tables need it.</summary>
/// <param name="Partition">Stands for the hub.</param>
/// <param name="Row">Time, sequence and connection.</param>
internal readonly record struct DeadLetterId(string Partition, string Row)
{
    private const int PartitionLength = 16;
    private const int MaxRowChars = 256;

    public static string PartitionOf(HubName hub) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hub.Value)))[..PartitionLength];

    /// <summary>Reads an id as a path has it.</summary>
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
