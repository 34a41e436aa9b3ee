using Microsoft.Extensions.Configuration.Json;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// A JSON file whose broken edits change nothing: what it said before stays in force until it can be read again. At start a broken
/// file is an error like any other.
/// </summary>
internal sealed class LiveJsonSource : JsonConfigurationSource
{
    private static volatile ILogger? _logger;

    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    /// <summary>Configuration is there before logging is; from here on, broken edits are logged.</summary>
    public static void ReportTo(ILogger logger) => _logger = logger;

    private sealed class Provider(LiveJsonSource source) : JsonConfigurationProvider(source)
    {
        private bool _loaded;

        public override void Load(Stream stream)
        {
            try
            {
                // Sets the data only once it has read the whole file.
                base.Load(stream);
                _loaded = true;
            }
            catch (FormatException exception) when (_loaded)
            {
                if (_logger is { } logger)
                {
                    LiveJsonLog.Broken(logger, Source.Path!, exception.GetBaseException().Message);
                }
            }
        }
    }
}

/// <summary>The log event of <see cref="LiveJsonSource"/>.</summary>
internal static partial class LiveJsonLog
{
    [LoggerMessage(
        Observability.EventIds.Hosting + 2,
        LogLevel.Error,
        "The changed file {File} is no JSON and is not used, what it said before stays: {Error}",
        EventName = "SettingsFileBroken")]
    public static partial void Broken(ILogger logger, string file, string error);
}
