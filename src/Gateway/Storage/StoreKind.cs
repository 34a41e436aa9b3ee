namespace Serverless.Gateway.Storage;

/// <summary>The store of user-group memberships, dead letters and usage. The names appear in the health report.</summary>
internal enum StoreKind
{
    /// <summary>The process's memory, on a lone node. The state ends with the process.</summary>
    InMemory,

    /// <summary>The Redis that joins the nodes.</summary>
    Redis,

    /// <summary>Azure Tables.</summary>
    AzureTables,
}
