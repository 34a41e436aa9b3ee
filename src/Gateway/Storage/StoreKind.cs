namespace Serverless.Gateway.Storage;

/// <summary>Where user-group membership, dead letters and usage are kept; its names are those of the health report.</summary>
internal enum StoreKind
{
    /// <summary>In the process: a lone node's, and gone with it.</summary>
    InMemory,

    /// <summary>In the Redis that joins the nodes.</summary>
    Redis,

    /// <summary>In Azure Tables.</summary>
    AzureTables,
}
