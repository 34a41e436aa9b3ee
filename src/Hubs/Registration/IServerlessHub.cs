using Serverless.Hubs.Execution;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Registration;

/// <summary>Represents a hub of the app: its name on the wire and what is needed to run it.</summary>
internal interface IServerlessHub
{
    /// <summary>Gets the hub's name in lower case, as the wire carries it.</summary>
    string Name { get; }

    Type HubType { get; }

    HubMethods Methods { get; }

    HubAccess Access { get; }

    IHubRunner Runner { get; }

    GatewayClient Gateway { get; }

    /// <summary>Gets the size of the largest message that the hub takes, in bytes.</summary>
    long MaxMessageBytes { get; }

    /// <summary>Gets a value that indicates whether clients get the messages of exceptions.</summary>
    bool EnableDetailedErrors { get; }
}
