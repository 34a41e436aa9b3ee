using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Serverless.Gateway.Observability;

/// <summary>
/// Options that follow their configuration while the gateway runs. A change that does not pass its validators is logged as an error and the
/// previous options stay in force; the framework's own monitor would throw the exception at its next reader.
/// </summary>
internal sealed class LiveOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>
    : IOptionsMonitor<T>, IDisposable
    where T : class
{
    private readonly IOptionsFactory<T> _factory;
    private readonly ILogger<LiveOptions<T>> _logger;
    private readonly List<IDisposable> _subscriptions = [];
    private readonly Lock _gate = new();
    private Action<T, string?>? _changed;
    private volatile T? _current;

    public LiveOptions(
        IOptionsFactory<T> factory, IEnumerable<IOptionsChangeTokenSource<T>> sources, ILogger<LiveOptions<T>> logger)
    {
        _factory = factory;
        _logger = logger;
        foreach (var source in sources)
        {
            _subscriptions.Add(ChangeToken.OnChange(source.GetChangeToken, Reload));
        }
    }

    /// <summary>The last valid options.</summary>
    /// <exception cref="OptionsValidationException">No valid options have been read yet.</exception>
    public T CurrentValue => _current ?? First();

    public T Get(string? name) => CurrentValue;

    /// <summary>Calls back with every valid change, one at a time.</summary>
    public IDisposable OnChange(Action<T, string?> listener)
    {
        lock (_gate)
        {
            _changed += listener;
        }

        return new Subscription(this, listener);
    }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }
    }

    private sealed class Subscription(LiveOptions<T> owner, Action<T, string?> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._changed -= listener;
            }
        }
    }

    // Not in the constructor: the check at start collects the errors of all options before it throws.
    private T First()
    {
        lock (_gate)
        {
            return _current ??= _factory.Create(Options.DefaultName);
        }
    }

    private void Reload()
    {
        lock (_gate)
        {
            try
            {
                var changed = _factory.Create(Options.DefaultName);
                _current = changed;
                _changed?.Invoke(changed, Options.DefaultName);
            }
            catch (OptionsValidationException exception)
            {
                foreach (var failure in exception.Failures)
                {
                    LiveOptionsLog.Refused(_logger, failure);
                }
            }
            catch (Exception exception) when (exception is InvalidOperationException or FormatException)
            {
                // A value of the wrong type, with the binder's text.
                LiveOptionsLog.Refused(_logger, exception.GetBaseException().Message);
            }
        }
    }
}

/// <summary>The log event of all <see cref="LiveOptions{T}"/>.</summary>
internal static partial class LiveOptionsLog
{
    [LoggerMessage(
        EventIds.Observability + 1,
        LogLevel.Error,
        "A changed configuration is not used; the previous one stays in force: {Error}",
        EventName = "ConfigurationChangeRefused")]
    public static partial void Refused(ILogger logger, string error);
}
