namespace Serverless.Protocol;

/// <summary>Specifies how a connection string authenticates, by its <c>AuthType</c>.</summary>
public enum ServiceAuthType
{
    /// <summary>The string's own <c>AccessKey</c>; any <c>AuthType</c> that is not listed below.</summary>
    AccessKey,

    /// <summary><c>azure</c>: the default Microsoft Entra credential of the machine.</summary>
    DefaultCredential,

    /// <summary><c>azure.msi</c>: a managed identity, user-assigned if <c>ClientId</c> is given.</summary>
    ManagedIdentity,

    /// <summary><c>azure.app</c>: an application with a client secret or certificate.</summary>
    Application,
}
