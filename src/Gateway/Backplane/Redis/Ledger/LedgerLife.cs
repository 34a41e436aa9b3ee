using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// Represents one life of a node in the ledger. A node that was declared lost continues as another life, so that other nodes never remove
/// what it records from then on.
/// </summary>
internal sealed class LedgerLife(NodeId node, int number)
{
    // A character that no node's id contains.
    private const char Separator = '.';

    public int Number { get; } = number;

    /// <summary>Gets the node's id, followed by the number from the second life on.</summary>
    public string Name { get; } = number == 1 ? node.Value : $"{node.Value}{Separator}{number}";

    /// <summary>Gets the connections by id. Guarded by the ledger's lock.</summary>
    public Dictionary<string, LedgerNote> Notes { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets or sets a value that indicates whether other nodes know of this life and watch it. Guarded by the ledger's lock.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Gets the connections that have ended and that Redis still has. Guarded by the ledger's lock.</summary>
    public HashSet<string> Ended { get; } = new(StringComparer.Ordinal);

    /// <summary>Returns the node of a life.</summary>
    public static string NodeOf(string life) => life.Split(Separator)[0];
}

/// <summary>Represents the record of one connection.</summary>
internal sealed class LedgerNote(byte[] bytes)
{
    /// <summary>Gets or sets the entry with its signature. A new signature needs a new array, since a command may still use the old one.</summary>
    public byte[] Bytes { get; set; } = bytes;

    /// <summary>
    /// Gets or sets a value that indicates whether Redis has the record: if this node is declared lost, others report the connection. Guarded by
    /// the ledger's lock.
    /// </summary>
    public bool IsWritten { get; set; }
}
