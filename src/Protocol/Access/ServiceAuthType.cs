namespace Serverless.Protocol;

/// <summary>How a connection string authenticates, after its <c>AuthType</c>.</summary>
public enum ServiceAuthType
{
    /// <summary>With the string's own <c>AccessKey</c>; every <c>AuthType</c> that is not one of the others.</summary>
    AccessKey,

    /// <summary><c>azure</c>: the default Microsoft Entra credential of the machine.</summary>
    DefaultCredential,

    /// <summary><c>azure.msi</c>: a managed identity, user-assigned if <c>ClientId</c> is given.</summary>
    ManagedIdentity,

    /// <summary><c>azure.app</c>: an application with a client secret or certificate.</summary>
    Application,
}
