using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>Starts the gateway, or says on standard error, without a stack trace, what keeps it from starting.</summary>
internal static class Startup
{
    private const int Failed = 1;

    /// <summary>Every wrong configuration value, one message each; empty if all is well.</summary>
    public static IReadOnlyList<string> ConfigurationErrors(IServiceCollection registered, IConfiguration configuration)
    {
        // Building the application reads options already, and would stop at the first wrong one.
        IReadOnlyList<string> errors = [.. ConfigurationCheck.Errors(configuration), .. ListenAddresses.Errors(configuration)];
        using var services = Trial(registered, configuration).BuildServiceProvider();
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

    // The same services over a configuration that they do not own: disposing them would end its reloading.
    private static ServiceCollection Trial(IServiceCollection registered, IConfiguration configuration)
    {
        var services = new ServiceCollection();
        foreach (var service in registered)
        {
            ((ICollection<ServiceDescriptor>)services).Add(service);
        }

        services.AddSingleton(configuration);
        return services;
    }

    public static async Task<int> RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (exception is FormatException or System.Net.Sockets.SocketException)
        {
            return Refuse([$"{Sentence(exception)} Write an address such as http://localhost:8888 into --urls."]);
        }
        catch (Exception exception) when (IsEndpointError(exception))
        {
            return Refuse([$"{Sentence(exception)} Look at --urls and Kestrel:Endpoints."]);
        }
        catch (IOException exception)
        {
            return Refuse([$"{Sentence(exception)} Stop the other program, or choose another address with --urls."]);
        }

        Greeting.Print(app.Services);
        await app.Services.GetRequiredService<SelfTest>().RunAsync();
        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }

    // Kestrel's text on certificates has three lines, the first of which says what is wrong; the socket's own has no full stop.
    private static string Sentence(Exception exception)
    {
        var line = exception.Message.Split('\n')[0].Trim();
        return line.EndsWith('.') ? line : $"{line}.";
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
