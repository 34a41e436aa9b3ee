using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>Starts the gateway, or says on standard error, without a stack trace, what keeps it from starting.</summary>
internal static class Startup
{
    private const int Failed = 1;

    /// <summary>Every wrong configuration value, one message each; empty if all is well.</summary>
    public static IReadOnlyList<string> ConfigurationErrors(WebApplicationBuilder builder)
    {
        // Building the application reads options already, and would stop at the first wrong one.
        var errors = ConfigurationCheck.Errors(builder.Configuration);
        using var services = Trial(builder).BuildServiceProvider();
        try
        {
            if (errors.Count == 0)
            {
                services.GetRequiredService<IStartupValidator>().Validate();
            }

            return errors;
        }
        catch (OptionsValidationException exception)
        {
            return [.. exception.Failures];
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return [.. exception.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures)];
        }
    }

    // The same services over the same configuration, which they do not own: disposing them would end its reloading.
    private static ServiceCollection Trial(WebApplicationBuilder builder)
    {
        var services = new ServiceCollection();
        foreach (var service in builder.Services)
        {
            ((ICollection<ServiceDescriptor>)services).Add(service);
        }

        services.AddSingleton<IConfiguration>(builder.Configuration);
        return services;
    }

    public static async Task<int> RunAsync(WebApplication app)
    {
        LiveJsonSource.ReportTo(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(LiveJsonSource).FullName!));
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (exception is FormatException or System.Net.Sockets.SocketException)
        {
            return Refuse([$"{exception.Message} Write an address such as http://localhost:8888 into --urls."]);
        }
        catch (Exception exception) when (IsEndpointError(exception))
        {
            return Refuse([$"{exception.Message} Look at --urls and Kestrel:Endpoints."]);
        }
        catch (IOException exception)
        {
            return Refuse([$"{exception.Message} Stop the other program, or choose another address with --urls."]);
        }

        Greeting.Print(app.Services);
        await app.Services.GetRequiredService<SelfTest>().RunAsync();
        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }

    // Kestrel's own words for schemes it does not know, certificates that are not there, and the like.
    private static bool IsEndpointError(Exception exception) =>
        exception is System.Security.Cryptography.CryptographicException
        || (exception is InvalidOperationException && exception.Source == "Microsoft.AspNetCore.Server.Kestrel.Core");

    /// <summary>Prints the errors and gives the exit code.</summary>
    public static int Refuse(IEnumerable<string> errors)
    {
        Console.Error.WriteLine("The gateway does not start:");
        foreach (var error in errors)
        {
            Console.Error.WriteLine($"  {error}");
        }

        return Failed;
    }
}
