using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>Starts the gateway, or writes the reason why it cannot start to standard error, without a stack trace.</summary>
internal static class Startup
{
    private const int Failed = 1;

    /// <summary>Returns one message for each wrong configuration value; empty if all are valid.</summary>
    public static IReadOnlyList<string> ConfigurationErrors(IServiceCollection registered, IConfiguration configuration)
    {
        // Building the application already reads options, and would stop at the first wrong one.
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
            return Refuse([$"{Sentence(exception)} Check --urls and Kestrel:Endpoints."]);
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

    // Kestrel's text on certificates has three lines, of which the first names the error; the socket's text has no full stop.
    private static string Sentence(Exception exception)
    {
        var line = exception.Message.Split('\n')[0].Trim();
        return line.EndsWith('.') ? line : $"{line}.";
    }

    // Kestrel's own texts for unknown schemes, missing certificates and similar errors.
    private static bool IsEndpointError(Exception exception) =>
        exception is System.Security.Cryptography.CryptographicException
        || (exception is InvalidOperationException && exception.Source == "Microsoft.AspNetCore.Server.Kestrel.Core");

    /// <summary>Prints the errors and returns the exit code.</summary>
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
