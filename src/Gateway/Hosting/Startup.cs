using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>Starts the gateway, or says on standard error, without a stack trace, what keeps it from starting.</summary>
internal static class Startup
{
    private const int Failed = 1;

    public static async Task<int> RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (OptionsValidationException exception)
        {
            return Refuse(exception.Failures);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return Refuse(exception.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures));
        }
        catch (Exception exception) when (exception is FormatException or System.Net.Sockets.SocketException)
        {
            return Refuse([$"{exception.Message} Write an address such as http://localhost:8888 into --urls."]);
        }
        catch (IOException exception)
        {
            return Refuse([$"{exception.Message} Stop the other program, or choose another address with --urls."]);
        }

        Greeting.Print(app.Services);
        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }

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
