namespace Serverless.Support.Processes;

/// <summary>Represents a server that runs: in the test's own process, or in one of its own where only a process shows the behaviour.</summary>
public interface IRunningServer : IAsyncDisposable
{
    /// <summary>Gets the address that it serves.</summary>
    Uri Address { get; }

    /// <summary>Gets the lines that it has logged.</summary>
    string Log { get; }
}
