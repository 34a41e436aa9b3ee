using System.Net.Sockets;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.CustomHandlers;

/// <summary>Runs the functions of a custom handler by passing requests to its port.</summary>
internal sealed class CustomHandlerRuntime : IAppRuntime
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    private readonly string _root;
    private readonly CustomHandler _description;
    private readonly Dictionary<string, string?> _settings;
    private readonly HandlerLauncher _launch;
    private readonly HostLog _log;
    private readonly int _port = FreePort.Find();
    private readonly RequestForwarder _forwarder;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _failed = new();
    private IHandler? _handler;

    public CustomHandlerRuntime(
        string root, CustomHandler description, Dictionary<string, string?> settings, HandlerLauncher launch, HostLog log, IDictionary<string, string> errors)
    {
        _root = root;
        _description = description;
        _settings = settings;
        _launch = launch;
        _log = log;
        _forwarder = new RequestForwarder(_port, description.Mode);
        Functions = FunctionFiles.ReadFolders(root, errors);
    }

    public Task<bool> Started { get; private set; } = Task.FromResult(false);

    public Task Failed => _failed.Task;

    public IReadOnlyList<FunctionDefinition> Functions { get; }

    public async Task StartAsync()
    {
        var port = _port.ToString();
        var worker = Guid.NewGuid().ToString();
        _settings["FUNCTIONS_CUSTOMHANDLER_PORT"] = port;
        _settings["FUNCTIONS_HTTPWORKER_PORT"] = port;
        _settings["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = worker;
        _settings["FUNCTIONS_HTTPWORKER_ID"] = worker;
        _settings["FUNCTIONS_APP_ROOT_PATH"] = _root;
        _handler = await _launch(_description, _port, _settings, _log);
        Started = WaitForHandlerAsync(_handler);
    }

    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => await Started.WaitAsync(cancellationToken);

    public async Task AnswerAsync(HttpContext context, FunctionMatch match)
    {
        try
        {
            await _forwarder.ForwardAsync(context);
        }
        catch (HttpRequestException e)
        {
            throw new InvocationException("The custom handler did not answer.", e);
        }
    }

    public Task RunAsync(
        FunctionDefinition function, TypedData input, IReadOnlyDictionary<string, TypedData> metadata, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A custom handler has only HTTP functions here.");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Started;
        if (_handler is not null)
        {
            await _handler.DisposeAsync();
        }

        _forwarder.Dispose();
        _stopping.Dispose();
    }

    private async Task<bool> WaitForHandlerAsync(IHandler handler)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = true, UseCookies = false });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_description.InitializationTimeout);
        using var poll = new PeriodicTimer(PollInterval);
        try
        {
            while (!handler.HasExited)
            {
                try
                {
                    using var answer = await client.GetAsync($"http://127.0.0.1:{_port}/", limit.Token);
                    return true;
                }
                catch (HttpRequestException e) when (e.InnerException is SocketException)
                {
                    await poll.WaitForNextTickAsync(limit.Token);
                }
                catch (HttpRequestException)
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The limit has passed, or the host stops.
        }

        if (!_stopping.IsCancellationRequested)
        {
            _log.Write(LogLevel.Error, nameof(FunctionsHostApp), "The custom handler did not become ready.");
            _failed.TrySetResult();
        }

        return false;
    }
}
