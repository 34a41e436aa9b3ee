using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Protocol;

namespace Serverless.Hubs.Registration;

/// <summary>Completes the options from configuration, and validates them before the app starts.</summary>
internal sealed partial class ServerlessHubsSetup(
    ILogger<ServerlessHubsSetup> logger, IConfiguration? configuration = null, IHostEnvironment? environment = null)
    : IPostConfigureOptions<ServerlessHubsOptions>, IValidateOptions<ServerlessHubsOptions>
{
    // A gateway on this machine, in Development only. The key is the local emulator's well-known key.
    private const string DevelopmentConnectionString =
        "Endpoint=http://localhost;Port=8888;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;";

    private const string Example = "Endpoint=http://localhost;Port=8888;AccessKey=<key>;Version=1.0;";

    private int _logged;

    public void PostConfigure(string? name, ServerlessHubsOptions options)
    {
        options.ConnectionString ??= configuration?[ServerlessHubsOptions.ConnectionStringKey]
            ?? configuration?[ServerlessHubsOptions.AppServerConnectionStringKey];
        if (options.ConnectionString is null && environment?.IsDevelopment() == true)
        {
            // The options are created more than once.
            if (Interlocked.Exchange(ref _logged, 1) == 0)
            {
                Log.DevelopmentGateway(logger);
            }

            options.ConnectionString = DevelopmentConnectionString;
        }
    }

    public ValidateOptionsResult Validate(string? name, ServerlessHubsOptions options)
    {
        var errors = ConnectionErrors(options.ConnectionString)
            .Concat(options.MaxBodyBytes > 0 ? [] : ["ServerlessHubsOptions.MaxBodyBytes must be a positive number of bytes."])
            .Concat(options.RequestSignatureTolerance > TimeSpan.Zero ? [] : ["ServerlessHubsOptions.RequestSignatureTolerance must be a positive time."])
            .ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> ConnectionErrors(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            yield return $"{ServerlessHubsOptions.ConnectionStringKey} is not set; write {Example}";
        }
        else if (!ServiceConnectionString.TryParse(connectionString, out var parsed, out var error))
        {
            yield return $"{ServerlessHubsOptions.ConnectionStringKey}: {error}";
        }
        else if (parsed.AccessKey is null)
        {
            yield return $"{ServerlessHubsOptions.ConnectionStringKey}: this library signs with an access key; write {Example}";
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(parsed.AccessKey) < AccessTokens.MinKeyBytes)
        {
            yield return $"{ServerlessHubsOptions.ConnectionStringKey}: the AccessKey is shorter than {AccessTokens.MinKeyBytes} bytes; write the gateway's own.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            11007,
            LogLevel.Information,
            ServerlessHubsOptions.ConnectionStringKey + " is not set: using the Development default, a gateway at http://localhost:8888 with the emulator's well-known key.",
            EventName = "DevelopmentGateway")]
        public static partial void DevelopmentGateway(ILogger logger);
    }
}
