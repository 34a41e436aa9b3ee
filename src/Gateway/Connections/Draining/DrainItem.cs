namespace Serverless.Gateway.Connections.Draining;

/// <summary>Represents an item that a drain worker visits. It is its own node in the worker's queue.</summary>
internal abstract class DrainItem
{
    /// <summary>The link to the next item. An item is in one queue at most.</summary>
    internal DrainItem? Next;

    /// <summary>Does the work of one visit, on the drain worker's thread.</summary>
    internal abstract void Visit();
}
