using System.Collections.Concurrent;
using System.Text;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.CustomHandlers;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Triggers;
using Serverless.FunctionsHost.Workers;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.FunctionsHost;

/// <summary>
/// A stand-in for the Azure Functions host: starts an app from its output folder, a custom handler or an isolated worker, and runs its
/// functions. Its rules are listed, with sources, in <c>README.md</c>.
/// </summary>
public sealed class FunctionsHostApp : IAsyncDisposable
{
    internal const string HomePage = "Your Functions app is up and running";
    internal const string HostVersion = "4.0.0.0";

    private readonly ConcurrentDictionary<string, string> _errors = new();
    private readonly HostLog _log;
    private readonly Dictionary<string, string?> _settings;
    private readonly RequestThrottle _throttle;
    private readonly WebApplication _app;
    private readonly IAppRuntime _runtime;
    private readonly FunctionTriggers _triggers;
    private bool _isDisposed;

    // Requests wait for it from the moment in which the host listens.
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FunctionsHostApp(FunctionsHostOptions options)
    {
        var root = Path.GetFullPath(options.Root);
        _log = new HostLog(options.Output);
        _settings = AppSettings.Read(root, options.Variables);
        Host = HostFile.Read(root, _settings);
        Keys = new FunctionKeys(options.MasterKey, options.HostKey);
        _throttle = new RequestThrottle(Host.MaxConcurrentRequests, Host.MaxOutstandingRequests);
        _app = Build(options);
        _runtime = CreateRuntime(root, options);
        _triggers = new FunctionTriggers(_runtime, Host, _settings, options.Time, _log);
        var pipeline = new RequestPipeline(_runtime, Keys, _throttle, _triggers, _log, options.MaxBodyBytes, WaitForRoutesAsync);
        _app.Run(pipeline.RunAsync);
    }

    /// <summary>Gets the address that the host serves.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Gets the last lines of the log, with the output of the app's process.</summary>
    public string Log => _log.ToString();

    /// <summary>Gets a task that completes when the app is ready, with true, or when its start has failed, with false.</summary>
    public Task<bool> WhenReady => _ready.Task;

    /// <summary>Gets a task that completes when the app can no longer run.</summary>
    public Task WhenFailed => _runtime.Failed;

    /// <summary>Gets the errors of the functions that were not loaded, by function.</summary>
    public IReadOnlyDictionary<string, string> Errors => _errors;

    /// <summary>Gets the master key, which <c>/admin</c> and functions of the level <c>admin</c> require.</summary>
    public string MasterKey => Keys.Master;

    /// <summary>Gets the key that is valid for every function of the level <c>function</c>.</summary>
    public string HostKey => Keys.Host;

    internal HostFile Host { get; }

    internal FunctionKeys Keys { get; }

    internal IReadOnlyList<FunctionDefinition> Functions => _runtime.Functions;

    internal IAppRuntime Runtime => _runtime;

    private FunctionRoutes? Routes { get; set; }

    /// <summary>Starts the host for the app in a folder. It accepts requests at once, and they wait for the app.</summary>
    /// <param name="root">The folder that holds <c>host.json</c>.</param>
    /// <param name="variables">Environment variables, which take precedence over those of <c>local.settings.json</c>.</param>
    /// <exception cref="InvalidDataException">The folder holds no app that can be started.</exception>
    public static Task<FunctionsHostApp> StartAsync(string root, IReadOnlyDictionary<string, string?>? variables = null) =>
        StartAsync(new FunctionsHostOptions { Root = root, Variables = variables ?? new Dictionary<string, string?>() });

    /// <summary>Starts the host. It accepts requests at once, and they wait for the app.</summary>
    /// <exception cref="InvalidDataException">The folder holds no app that can be started.</exception>
    public static async Task<FunctionsHostApp> StartAsync(FunctionsHostOptions options)
    {
        var host = new FunctionsHostApp(options);
        try
        {
            await host._app.StartAsync();
            await host._runtime.StartAsync();
            _ = host.GetReadyAsync();
            return host;
        }
        catch
        {
            host._ready.TrySetResult(false);
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the list of functions with their addresses, as the Core Tools print it.</summary>
    /// <param name="showKeys">True to add the key that functions require, if any does.</param>
    public string Describe(bool showKeys)
    {
        var text = new StringBuilder("\nFunctions:\n");
        foreach (var function in Functions)
        {
            var prefix = Host.RoutePrefix.Length == 0 ? "" : Host.RoutePrefix + "/";
            var what = function.Http is { } http
                ? $"[{string.Join(',', http.Methods ?? ["any method"])}] {Address.GetLeftPart(UriPartial.Authority)}/{prefix}{http.Route}"
                : function.Trigger.Type;
            text.Append("  ").Append(function.Name).Append(": ").AppendLine(what);
        }

        if (showKeys && Functions.Any(function => function.Http is { AuthLevel: not AuthLevel.Anonymous }))
        {
            text.Append("\n  host key: ").AppendLine(HostKey);
        }

        return text.ToString();
    }

    /// <summary>Stops the triggers, the host and the app's process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _triggers.StopAsync();
        await _runtime.DisposeAsync();
        await WhenReady;
        await _app.DisposeAsync();
        _triggers.Dispose();
        _throttle.Dispose();
    }

    private async Task GetReadyAsync()
    {
        try
        {
            _ready.TrySetResult(await PrepareAsync());
        }
        catch (Exception exception)
        {
            _ready.TrySetException(exception);
        }
    }

    private static WebApplication Build(FunctionsHostOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
        builder.Services.AddRouting();
        builder.Services.AddHttpForwarder();
        return builder.Build();
    }

    private IAppRuntime CreateRuntime(string root, FunctionsHostOptions options)
    {
        var worker = WorkerConfig.Read(root);
        var isCustom = AppSettings.Find(_settings, "FUNCTIONS_WORKER_RUNTIME") switch
        {
            "custom" => true,
            "dotnet-isolated" => false,
            _ => worker is null,
        };
        if (isCustom)
        {
            var handler = Host.Handler ?? throw new InvalidDataException($"host.json has no customHandler section, and there is no {WorkerConfig.Name}.");
            return new CustomHandlerRuntime(root, handler, _settings, options.Launch, _log, _errors);
        }

        var setup = new WorkerSetup(root, worker ?? throw new InvalidDataException($"There is no {WorkerConfig.Name}."), Host, _settings, _log);
        return new WorkerRuntime(setup, _app.Services.GetRequiredService<IHttpForwarder>(), options.MaxMessageBytes, _errors);
    }

    private async Task<bool> PrepareAsync()
    {
        if (!await _runtime.Started)
        {
            return false;
        }

        Routes = new FunctionRoutes(Functions, Host.RoutePrefix, _app.Services.GetRequiredService<IInlineConstraintResolver>(), _errors);
        foreach (var (function, error) in _errors)
        {
            _log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"The function '{function}' was not loaded: {error}");
        }

        _triggers.Start();
        return true;
    }

    // Null if the app is not ready and will not become so.
    private async Task<FunctionRoutes?> WaitForRoutesAsync(CancellationToken cancellationToken) =>
        await WhenReady.WaitAsync(cancellationToken) && await _runtime.WaitAsync(cancellationToken) ? Routes : null;
}
