using System.ComponentModel;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Workers.Messages;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost.Workers;

/// <summary>Runs the functions of an isolated worker, and starts the worker again when it ends.</summary>
internal sealed class WorkerRuntime : IAppRuntime
{
    private const int RestartLimit = 3;
    private static readonly TimeSpan ForgetEndsAfter = TimeSpan.FromMinutes(30);

    private readonly WorkerSetup _setup;
    private readonly WorkerServer _server;
    private readonly WorkerProxy _proxy;
    private readonly IDictionary<string, string> _errors;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<bool> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<Worker?> _current = NewCurrent();
    private Task _running = Task.CompletedTask;

    public WorkerRuntime(WorkerSetup setup, IHttpForwarder forwarder, int maxMessageBytes, IDictionary<string, string> errors)
    {
        _setup = setup;
        _errors = errors;
        _server = new WorkerServer(maxMessageBytes);
        _proxy = new WorkerProxy(forwarder);
    }

    public Task<bool> Started => _started.Task;

    public Task Failed => _failed.Task;

    public IReadOnlyList<FunctionDefinition> Functions { get; private set; } = [];

    /// <summary>Gets the worker that runs now; null while there is none.</summary>
    public Worker? Current => _current.Task is { IsCompletedSuccessfully: true, Result: var worker } ? worker : null;

    public async Task StartAsync()
    {
        await _server.StartAsync();
        _running = RunAsync();
    }

    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => await _current.Task.WaitAsync(cancellationToken) is not null;

    public async Task AnswerAsync(HttpContext context, FunctionMatch match)
    {
        var worker = await WorkerAsync(context.RequestAborted);
        var id = Guid.NewGuid().ToString();
        if (worker.HttpAddress is { } address)
        {
            await ProxyAsync(context, match, worker, address, id);
        }
        else
        {
            var request = await RpcHttpRequests.ReadAsync(context.Request, match, UsesNullable(worker));
            var result = await worker.InvokeAsync(RpcHttpRequests.Invocation(id, context, match, request), match.Function, context.RequestAborted);
            await RpcHttpResponses.WriteAsync(match.Function, result, context.Response);
        }
    }

    public async Task RunAsync(
        FunctionDefinition function, TypedData input, IReadOnlyDictionary<string, TypedData> metadata, CancellationToken cancellationToken)
    {
        var worker = await WorkerAsync(cancellationToken);
        var request = new InvocationRequest { InvocationId = Guid.NewGuid().ToString(), TraceContext = new RpcTraceContext() }; // workers require both
        request.InputData.Add(new ParameterBinding { Name = function.Trigger.Name, Data = input });
        request.TriggerMetadata.Add(metadata.ToDictionary());
        await worker.InvokeAsync(request, function, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        _proxy.Dispose();
        _stopping.Dispose();
    }

    // The request goes to the worker's port while the invocation goes through the stream; the call ends when both have ended.
    private async Task ProxyAsync(HttpContext context, FunctionMatch match, Worker worker, Uri address, string id)
    {
        var request = worker.Can("RequiresRouteParameters") ? RpcHttpRequests.ParametersOf(match, UsesNullable(worker)) : new RpcHttp();
        var invocation = RpcHttpRequests.Invocation(id, context, match, request);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var running = worker.InvokeAsync(invocation, match.Function, cancel.Token);
        if (running.IsFaulted)
        {
            await running; // The function was not loaded, so the worker would not answer the request.
        }

        var error = await _proxy.ForwardAsync(context, address, id);
        if (error != ForwarderError.None)
        {
            // The function would wait for a request that does not come, up to 15 seconds if the cancellation overtakes the invocation.
            await cancel.CancelAsync();
            var ended = ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (context.RequestAborted.IsCancellationRequested)
            {
                await ended;
            }

            throw new InvocationException($"Failed to proxy request with ForwarderError: {error}", context.GetForwarderErrorFeature()?.Exception);
        }

        await running;
    }

    private async Task<Worker> WorkerAsync(CancellationToken cancellationToken) =>
        await _current.Task.WaitAsync(cancellationToken) ?? throw new InvocationException("The worker has failed.");

    private static bool UsesNullable(Worker worker) => worker.Can("UseNullableValueDictionaryForHttp");

    private async Task RunAsync()
    {
        var ends = new Queue<long>();
        while (!_stopping.IsCancellationRequested)
        {
            var current = _current;
            try
            {
                await using var worker = await Worker.StartAsync(_setup, _server, _errors, () => Replace(current), _stopping.Token);
                Functions = worker.Functions;
                current.TrySetResult(worker);
                _started.TrySetResult(true);
                await worker.Ended.WaitAsync(_stopping.Token);
                Replace(current);
                _setup.Log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"The worker process {worker.ProcessId} ends unexpectedly.");
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is InvocationException or TimeoutException or Win32Exception or InvalidDataException or IOException or UriFormatException)
            {
                _setup.Log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"The worker did not start: {e.Message}");
            }

            if (IsOnceTooOften(ends))
            {
                _setup.Log.Write(LogLevel.Critical, nameof(FunctionsHostApp), "The worker has ended too often, and is not started again.");
                break;
            }
        }

        _started.TrySetResult(false);
        _current.TrySetResult(null);
        if (!_stopping.IsCancellationRequested)
        {
            _failed.TrySetResult();
        }
    }

    // Has requests wait for the next worker.
    private void Replace(TaskCompletionSource<Worker?> current)
    {
        if (current.Task.IsCompleted)
        {
            Interlocked.CompareExchange(ref _current, NewCurrent(), current);
        }
    }

    private static bool IsOnceTooOften(Queue<long> ends)
    {
        ends.Enqueue(Environment.TickCount64);
        while (Environment.TickCount64 - ends.Peek() > ForgetEndsAfter.TotalMilliseconds)
        {
            ends.Dequeue();
        }

        return ends.Count > RestartLimit;
    }

    private static TaskCompletionSource<Worker?> NewCurrent() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
