using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// One life of a node in the ledger. A node that was given up goes on as another life, so that what the others clear away is never mixed
/// with what it notes from then on.
/// </summary>
internal sealed class LedgerLife(NodeId node, int number)
{
    // Not a character of a node's id.
    private const char Separator = '.';

    public int Number { get; } = number;

    /// <summary>The node's id, and from its second life on the number behind it.</summary>
    public string Name { get; } = number == 1 ? node.Value : $"{node.Value}{Separator}{number}";

    /// <summary>The connections by id. Under the ledger's lock.</summary>
    public Dictionary<string, LedgerNote> Notes { get; } = new(StringComparer.Ordinal);

    /// <summary>The others know of this life, and look whether it goes on. Under the ledger's lock.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Connections that have ended, and that Redis has yet to forget. Under the ledger's lock.</summary>
    public HashSet<string> Ended { get; } = new(StringComparer.Ordinal);

    /// <summary>The node that a life is one of.</summary>
    public static string NodeOf(string life) => life.Split(Separator)[0];
}

/// <summary>What a node notes of one connection.</summary>
internal sealed class LedgerNote(byte[] bytes)
{
    /// <summary>The entry with its signature. Another array when it is signed anew: one may be on its way.</summary>
    public byte[] Bytes { get; set; } = bytes;

    /// <summary>Redis has it: should the node be given up, others tell the upstream. Under the ledger's lock.</summary>
    public bool IsWritten { get; set; }
}
