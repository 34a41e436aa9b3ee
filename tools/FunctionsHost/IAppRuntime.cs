using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost;

/// <summary>Runs an app's functions: by a custom handler, or by an isolated worker.</summary>
internal interface IAppRuntime : IAsyncDisposable
{
    /// <summary>Gets a task that completes when the functions are known and can run, with true, or when the start has failed, with false.</summary>
    Task<bool> Started { get; }

    /// <summary>Gets a task that completes when the app can no longer run, for any reason other than the host's stop.</summary>
    Task Failed { get; }

    /// <summary>Gets the functions, in the order of their names; known when <see cref="Started"/> has completed.</summary>
    IReadOnlyList<FunctionDefinition> Functions { get; }

    /// <summary>Starts the app's process, without waiting until it is ready.</summary>
    Task StartAsync();

    /// <summary>Waits until functions can run, also while the process is started again.</summary>
    /// <returns>False if the app has failed.</returns>
    ValueTask<bool> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Has an HTTP function answer a request.</summary>
    /// <exception cref="InvocationException">The function failed.</exception>
    Task AnswerAsync(HttpContext context, FunctionMatch match);

    /// <summary>Runs a function that has another trigger.</summary>
    /// <param name="function">The function.</param>
    /// <param name="input">The value of its trigger.</param>
    /// <param name="metadata">Values by name that parameters can be bound to.</param>
    /// <param name="cancellationToken">Cancels the invocation.</param>
    /// <exception cref="InvocationException">The function failed.</exception>
    Task RunAsync(FunctionDefinition function, TypedData input, IReadOnlyDictionary<string, TypedData> metadata, CancellationToken cancellationToken);
}
