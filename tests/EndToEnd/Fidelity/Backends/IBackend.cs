namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>A way to run the hub classes of the table. Clients connect to <see cref="Address"/> and the path of the hub.</summary>
internal interface IBackend : IAsyncDisposable
{
    Uri Address { get; }

    Task StartAsync();
}
