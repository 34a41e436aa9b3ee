using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Workers;

/// <summary>A worker process with its stream, started and with its functions loaded.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(2);

    private readonly WorkerSetup _setup;
    private readonly WorkerChannel _channel;
    private readonly AppProcess _process;
    private readonly Dictionary<string, string> _loadErrors = []; // by function id
    private IDictionary<string, string> _capabilities = new Dictionary<string, string>();

    private Worker(WorkerSetup setup, WorkerChannel channel, AppProcess process)
    {
        _setup = setup;
        _channel = channel;
        _process = process;
        Ended = WaitForEndAsync();
    }

    public IReadOnlyList<FunctionDefinition> Functions { get; private set; } = [];

    /// <summary>Gets the address to which HTTP requests are proxied; null if the worker takes them as messages.</summary>
    public Uri? HttpAddress { get; private set; }

    /// <summary>Gets a task that completes when the process or its stream has ended.</summary>
    public Task Ended { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts a worker: process, stream, initialization, index of its functions, load of each.</summary>
    /// <param name="setup">All that the start needs.</param>
    /// <param name="server">The server that the worker connects to.</param>
    /// <param name="errors">Receives the errors of functions that were not loaded, by function.</param>
    /// <param name="closing">Called when the worker has ended, before its invocations fail.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="InvocationException">The worker did not start.</exception>
    /// <exception cref="TimeoutException">A step took too long.</exception>
    public static async Task<Worker> StartAsync(
        WorkerSetup setup, WorkerServer server, IDictionary<string, string> errors, Action closing, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var channel = new WorkerChannel(entry => Write(setup, entry), closing);
        server.Expect(id, channel);
        Worker? worker = null;
        try
        {
            var start = new ProcessStartInfo(setup.Config.Executable, setup.Arguments(id, server.Address, server.MaxMessageBytes)) { WorkingDirectory = setup.Root };
            worker = new Worker(setup, channel, AppProcess.Start(start, setup.Environment(), setup.Log));
            await worker.ConnectAsync(cancellationToken);
            await worker.InitializeAsync();
            await worker.IndexAsync(errors);
            await worker.LoadAsync(errors);
            return worker;
        }
        catch
        {
            if (worker is not null)
            {
                await worker.DisposeAsync();
            }

            throw;
        }
        finally
        {
            server.Forget(id);
        }
    }

    public bool Can(string capability) => _capabilities.TryGetValue(capability, out var value) && value.Length > 0;

    /// <summary>Runs an invocation for the time that <c>host.json</c> allows; a worker that takes longer is ended.</summary>
    /// <exception cref="InvocationException">The function failed, its load had failed, or the worker has ended.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, FunctionDefinition function, CancellationToken caller)
    {
        request.FunctionId = Functions.FirstOrDefault(known => known.Name == function.Name)?.Id
            ?? throw new InvocationException("The worker no longer has this function.");
        if (_loadErrors.TryGetValue(request.FunctionId, out var error))
        {
            throw new InvocationException($"The function was not loaded: {error}");
        }

        InvocationResponse response;
        try
        {
            response = await _channel.InvokeAsync(request, Can("HandlesInvocationCancelMessage") ? caller : CancellationToken.None)
                .WaitAsync(_setup.Host.FunctionTimeout, CancellationToken.None);
        }
        catch (TimeoutException e)
        {
            await _process.KillAsync();
            throw new InvocationException($"The timeout of {_setup.Host.FunctionTimeout} was exceeded.", e);
        }

        return response.Result?.Status == StatusResult.Types.Status.Success
            ? response
            : throw new InvocationException(response.Result?.Exception?.Message ?? response.Result?.Status.ToString() ?? "no result");
    }

    /// <summary>Asks the worker to end itself, and ends it after a grace period.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Can("HandlesWorkerTerminateMessage"))
        {
            _channel.Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(GracePeriod) } });
            using var limit = new CancellationTokenSource(GracePeriod);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _setup.Log.Write(LogLevel.Warning, nameof(FunctionsHostApp), $"The worker did not end within {GracePeriod}.");
            }
        }

        await _process.KillAsync();
        await Ended;
        _setup.Log.Write(LogLevel.Information, nameof(FunctionsHostApp), $"The worker process {_process.Id} has ended with exit code {_process.ExitCode}.");
        await _process.DisposeAsync();
    }

    private async Task WaitForEndAsync()
    {
        var exit = _process.WaitForExitAsync();
        if (await Task.WhenAny(exit, _channel.Ended) != exit)
        {
            await Task.WhenAny(exit, Task.Delay(ExitLimit)); // A worker that ends by itself ends its stream first.
            await _process.KillAsync();
        }

        _channel.Close();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_channel.Connected, Ended).WaitAsync(StartLimit, cancellationToken);
        if (!_channel.Connected.IsCompleted)
        {
            throw new InvocationException($"The worker ended with exit code {_process.ExitCode} before it connected.");
        }
    }

    private async Task InitializeAsync()
    {
        var answer = await _channel.AskAsync(
            new StreamingMessage
            {
                WorkerInitRequest = new WorkerInitRequest
                {
                    HostVersion = FunctionsHostApp.HostVersion,
                    WorkerDirectory = _setup.Root,
                    FunctionAppDirectory = _setup.Root,
                },
            },
            AnswerLimit);
        Check(answer.WorkerInitResponse.Result, "initialize");
        _capabilities = answer.WorkerInitResponse.Capabilities;
        HttpAddress = _capabilities.TryGetValue("HttpUri", out var address) && address.Length > 0 ? new Uri(address) : null;
    }

    private async Task IndexAsync(IDictionary<string, string> errors)
    {
        if (_setup.Config.IndexesFunctions)
        {
            var answer = await _channel.AskAsync(
                new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = _setup.Root } }, AnswerLimit);
            Check(answer.FunctionMetadataResponse.Result, "list its functions");
            if (!answer.FunctionMetadataResponse.UseDefaultMetadataIndexing)
            {
                Functions = WorkerFunctions.Read(answer.FunctionMetadataResponse.FunctionMetadataResults, errors);
                return;
            }
        }

        Functions = FunctionFiles.ReadMetadata(_setup.Root, errors);
    }

    private async Task LoadAsync(IDictionary<string, string> errors)
    {
        foreach (var function in Functions)
        {
            var answer = await _channel.AskAsync(new StreamingMessage { FunctionLoadRequest = WorkerFunctions.LoadRequest(function) }, AnswerLimit);
            if (answer.FunctionLoadResponse.Result is { Status: not StatusResult.Types.Status.Success } result)
            {
                _loadErrors[function.Id] = errors[function.Name] = result.Exception?.Message ?? result.Status.ToString();
            }
        }
    }

    private static void Check(StatusResult? result, string step)
    {
        if (result?.Status != StatusResult.Types.Status.Success)
        {
            throw new InvocationException($"The worker could not {step}: {result?.Exception?.Message}");
        }
    }

    private static void Write(WorkerSetup setup, RpcLog entry)
    {
        var level = (LogLevel)entry.Level;
        if (level >= setup.Host.LogLevel && level != LogLevel.None && entry.LogCategory != RpcLog.Types.RpcLogCategory.CustomMetric)
        {
            setup.Log.Write(level, entry.Category, entry.Exception is { Message: { Length: > 0 } exception } ? $"{entry.Message}\n{exception}" : entry.Message);
        }
    }
}
