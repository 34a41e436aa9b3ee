namespace Serverless.Gateway.Backplane;

/// <summary>The outcome of claiming a connection id.</summary>
internal enum Claim
{
    /// <summary>This node has the id.</summary>
    Granted,

    /// <summary>Another node has or had the id.</summary>
    Taken,

    /// <summary>Redis does not answer, and the id was made on another node, which may have accepted a client with it.</summary>
    Unknown,
}
