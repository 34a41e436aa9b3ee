using Microsoft.Extensions.Logging.Console;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>Adds limits and safe text between all loggers and the console.</summary>
internal static class LogServices
{
    public static IServiceCollection AddSafeLogs(this IServiceCollection services)
    {
        // A console that is not read must not block the threads that serve sockets.
        services.Configure<ConsoleLoggerOptions>(static console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);

        // The slim host sets the simple format in code, regardless of the configuration.
        services.AddOptions<ConsoleLoggerOptions>().Configure<IServiceProvider>(static (console, provider) =>
            console.FormatterName = provider.GetService<IConfiguration>()?["Logging:Console:FormatterName"] ?? console.FormatterName);
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i].ServiceType == typeof(ConsoleFormatter) && services[i].ImplementationType is { } format)
            {
                services[i] = ServiceDescriptor.Singleton<ConsoleFormatter>(
                    provider => new SafeConsoleFormatter((ConsoleFormatter)ActivatorUtilities.CreateInstance(provider, format)));
            }
        }

        services.AddSingleton<LogLimiter>();
        services.AddSingleton<LoggerFactory>();
        services.AddSingleton<ILoggerFactory>(
            static provider => new LimitedLoggerFactory(provider.GetRequiredService<LoggerFactory>(), provider.GetRequiredService<LogLimiter>()));
        return services;
    }
}
