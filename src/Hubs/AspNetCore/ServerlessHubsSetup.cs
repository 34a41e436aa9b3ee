using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Descriptors;
using Serverless.Protocol;

namespace Serverless.Hubs.AspNetCore;

/// <summary>Completes the options from configuration, and validates them and the hubs before the app starts.</summary>
internal sealed partial class ServerlessHubsSetup(
    IEnumerable<HubDescriptor> hubs, ILogger<ServerlessHubsSetup> logger, IConfiguration? configuration = null, IHostEnvironment? environment = null)
    : IPostConfigureOptions<ServerlessHubsOptions>, IValidateOptions<ServerlessHubsOptions>
{
    // A gateway on this machine, in Development only. The key is the local emulator's well-known key.
    private const string DevelopmentConnectionString =
        "Endpoint=http://localhost;Port=8888;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;";

    private const string Example = "Endpoint=http://localhost;Port=8888;AccessKey=<key>;Version=1.0;";

    private int _logged;

    public void PostConfigure(string? name, ServerlessHubsOptions options)
    {
        options.ConnectionString ??= configuration?[ServerlessHubsOptions.ConnectionStringKey];
        if (options.ConnectionString is null && environment?.IsDevelopment() == true)
        {
            // The options are created more than once.
            if (Interlocked.Exchange(ref _logged, 1) == 0)
            {
                Log.DevelopmentGateway(logger);
            }

            options.ConnectionString = DevelopmentConnectionString;
        }

        options.Gateway.SerializerOptions = options.Json;
    }

    public ValidateOptionsResult Validate(string? name, ServerlessHubsOptions options)
    {
        var errors = ConnectionErrors(options.ConnectionString)
            .Concat(options.MaxBodyBytes > 0 ? [] : ["ServerlessHubsOptions.MaxBodyBytes must be a positive number of bytes."])
            .Concat(options.RequestSignatureTolerance > TimeSpan.Zero ? [] : ["ServerlessHubsOptions.RequestSignatureTolerance must be a positive time."])
            .Concat(NameErrors())
            .Concat(TypeErrors(options.Json))
            .Concat(PolicyErrors(options))
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

    private IEnumerable<string> NameErrors() =>
        from hub in hubs
        group hub.HubType by hub.Name into named
        where named.Count() > 1
        select $"The hubs {string.Join(" and ", named)} have the same name, '{named.Key}'; give one of them a [HubName].";

    private IEnumerable<string> PolicyErrors(ServerlessHubsOptions options) =>
        from hub in hubs
        from place in hub.Methods.Select(method => (Name: $"{hub.HubType}.{method.Name}", method.Authorization))
            .Prepend((Name: hub.HubType.ToString(), hub.Authorization))
        from demand in place.Authorization
        where demand.Policy is not null && !options.Policies.ContainsKey(demand.Policy)
        select $"{place.Name} names the policy '{demand.Policy}', which is not in ServerlessHubsOptions.Policies; add it there.";

    /// <summary>Source-generated resolvers know only declared types: a missing one is reported here and not at a client's first call.</summary>
    private IEnumerable<string> TypeErrors(JsonSerializerOptions json)
    {
        json.MakeReadOnly();
        return from hub in hubs
               from method in hub.Methods
               from type in method.Parameters.Select(parameter => parameter.Type).Append(method.ResultType)
               where type is not null && !json.TryGetTypeInfo(type, out _)
               select $"{hub.HubType}.{method.Name}: ServerlessHubsOptions.Json has no type info for {type}; " +
                      "add a JsonSerializerContext that names it to Json.TypeInfoResolverChain.";
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
