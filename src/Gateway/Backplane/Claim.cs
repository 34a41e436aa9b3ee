namespace Serverless.Gateway.Backplane;

/// <summary>The outcome of claiming a connection id.</summary>
internal enum Claim
{
    /// <summary>This node has it.</summary>
    Granted,

    /// <summary>Another node has it, or had it.</summary>
    Taken,

    /// <summary>Redis does not answer, and the id was made on another node, which may have let a client in with it.</summary>
    Unknown,
}
