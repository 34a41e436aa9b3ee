using Microsoft.Extensions.Primitives;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Checks edits of settings files while the gateway runs, as at its start: an edit with any error is logged and has no effect; a valid
/// edit is logged in one line with its changes.
/// </summary>
internal sealed partial class LiveSettings
{
    private readonly IConfigurationRoot _root;
    private readonly IServiceCollection _services;
    private readonly ILogger<LiveSettings> _logger;
    private readonly Lock _gate = new();

    private LiveSettings(IConfigurationRoot root, IServiceCollection services, ILogger<LiveSettings> logger)
    {
        _root = root;
        _services = services;
        _logger = logger;
    }

    /// <summary>Starts to check and log edits, for the life of the process.</summary>
    /// <param name="app">The gateway, before it starts.</param>
    /// <param name="services">The services that it was built from, for the checks.</param>
    public static void Watch(WebApplication app, IServiceCollection services)
    {
        var root = (IConfigurationRoot)app.Configuration;
        var settings = new LiveSettings(root, services, app.Services.GetRequiredService<ILogger<LiveSettings>>());
        foreach (var file in root.Providers.OfType<LiveJsonProvider>())
        {
            file.Judge = settings;
            var known = file.Values;
            ChangeToken.OnChange(file.GetReloadToken, () => known = settings.Report(file, known));
        }
    }

    public void Broken(LiveJsonProvider file, string error) => Log.Broken(_logger, file.Source.Path!, error);

    /// <summary>Returns whether the gateway would start with the file's new values; if not, each error has been logged.</summary>
    public bool Accepts(LiveJsonProvider file, IDictionary<string, string?> values)
    {
        var effective = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in _root.Providers)
        {
            if (provider == file)
            {
                foreach (var (key, value) in values)
                {
                    effective[key] = value;
                }
            }
            else
            {
                AddTo(effective, provider, path: null);
            }
        }

        var trial = new ConfigurationBuilder().AddInMemoryCollection(effective).Build();
        var errors = Startup.ConfigurationErrors(_services, trial);
        foreach (var error in errors)
        {
            Log.Refused(_logger, file.Source.Path!, error);
        }

        return errors.Count == 0;
    }

    // A deleted file has no values and is not checked beforehand; the options' own checks log errors that follow from it.
    private IDictionary<string, string?> Report(LiveJsonProvider file, IDictionary<string, string?> before)
    {
        lock (_gate)
        {
            var after = file.Values;
            if (!ReferenceEquals(before, after) && SettingsChange.Describe(before, after) is { Length: > 0 } changes)
            {
                Log.Changed(_logger, file.Source.Path!, changes);
            }

            return after;
        }
    }

    private static void AddTo(Dictionary<string, string?> values, IConfigurationProvider provider, string? path)
    {
        foreach (var name in provider.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var key = path is null ? name : ConfigurationPath.Combine(path, name);
            if (provider.TryGet(key, out var value))
            {
                values[key] = value;
            }

            AddTo(values, provider, key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Hosting + 2,
            LogLevel.Error,
            "The changed file {File} is not valid JSON and is not used; its previous content stays in force: {Error}",
            EventName = "SettingsFileBroken")]
        public static partial void Broken(ILogger logger, string file, string error);

        [LoggerMessage(
            Observability.EventIds.Hosting + 6,
            LogLevel.Error,
            "The changed file {File} is not used; its previous content stays in force: {Error}",
            EventName = "SettingsFileRefused")]
        public static partial void Refused(ILogger logger, string file, string error);

        [LoggerMessage(
            Observability.EventIds.Hosting + 7, LogLevel.Information, "{File} has been read again. Changed: {Changes}.", EventName = "SettingsFileChanged")]
        public static partial void Changed(ILogger logger, string file, string changes);
    }
}
