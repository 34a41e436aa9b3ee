namespace Serverless.Gateway.Connections.Draining;

/// <summary>Something a drain worker visits, linked into its queue through itself.</summary>
internal abstract class DrainItem
{
    /// <summary>The queue's link, of the queue it is in; it is in one at most.</summary>
    internal DrainItem? Next;

    /// <summary>What a visit does.</summary>
    internal abstract void Visit();
}
