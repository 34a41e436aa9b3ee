using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Serverless.Gateway.Hosting;

/// <summary>Adds the emulator's <c>settings.json</c> from the working directory; environment and command line override it.</summary>
internal static class Settings
{
    private const string FileName = "settings.json";

    /// <summary>The full path at which the emulator's file is expected.</summary>
    public static string EmulatorFile { get; } = Path.GetFullPath(FileName);

    /// <summary>That path if the file existed at start; null otherwise.</summary>
    public static string? Read { get; private set; }

    /// <summary>Adds the file; returns false and the error if it cannot be read.</summary>
    public static bool TryAddEmulatorSettings(this ConfigurationManager configuration, [NotNullWhen(false)] out string? error)
    {
        try
        {
            configuration.AddEmulatorSettings();
            Read = File.Exists(EmulatorFile) ? EmulatorFile : null;
            SurviveBrokenFiles(configuration);
            error = null;
            return true;
        }
        catch (InvalidDataException exception)
        {
            error = $"{EmulatorFile} is not valid JSON. {exception.GetBaseException().Message}";
            return false;
        }
    }

    private static void AddEmulatorSettings(this ConfigurationManager configuration)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;
        var source = new JsonConfigurationSource
        {
            // Polled: a watcher would watch everything below the working directory, which may be a home directory.
            FileProvider = new PhysicalFileProvider(Directory.GetCurrentDirectory())
            {
                UsePollingFileWatcher = true,
                UseActivePolling = true,
            },
            Path = FileName,
            Optional = true,
            ReloadOnChange = true,
        };

        // After the last JSON file, before the environment variables that are not for the host itself.
        var place = sources.Count;
        for (var i = sources.Count - 1; i >= 0 && sources[i] is not JsonConfigurationSource; i--)
        {
            if (sources[i] is EnvironmentVariablesConfigurationSource)
            {
                place = i;
            }
        }

        sources.Insert(place, source);
    }

    // Makes every JSON file survive invalid edits, appsettings.json included.
    private static void SurviveBrokenFiles(ConfigurationManager configuration)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i] is JsonConfigurationSource file and not LiveJsonSource)
            {
                sources[i] = new LiveJsonSource
                {
                    FileProvider = file.FileProvider,
                    Path = file.Path!,
                    Optional = file.Optional,
                    ReloadOnChange = file.ReloadOnChange,
                    ReloadDelay = file.ReloadDelay,
                };
            }
        }
    }
}
