using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Storage;

/// <summary>Registers this room's services: in memory, or Azure Tables where they are configured.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<StorageOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton(CreateUserGroupStore);
        return services;
    }

    private static IUserGroupStore CreateUserGroupStore(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
        var time = provider.GetRequiredService<TimeProvider>();
        if (string.IsNullOrEmpty(options.Tables))
        {
            return new InMemoryUserGroupStore(time);
        }

        var client = new Lazy<TableServiceClient>(
            () => options.Connect(provider.GetRequiredService<TokenCredential>, DurableTable.ClientOptions()));
        var table = new DurableTable(
            () => client.Value, TableUserGroupStore.TableName, time, provider.GetRequiredService<ILogger<DurableTable>>());
        return new TableUserGroupStore(table, time);
    }
}
