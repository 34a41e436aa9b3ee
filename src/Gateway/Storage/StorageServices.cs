using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Storage;

/// <summary>Registers this room's services: in memory, or Azure Tables where they are configured.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<StorageOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton(CreateUserGroupStore);
        services.AddSingleton(CreateDeadLetterStore);
        services.AddSingleton<IHostedService>(static provider =>
            provider.GetRequiredService<IDeadLetterStore>() as IHostedService ?? new NothingToDo());
        services.AddSingleton<IUsageStore>(static provider => TableOf(provider, TableUsageStore.TableName) is { } table
            ? new TableUsageStore(table)
            : new InMemoryUsageStore());
        services.AddSingleton<UsageRecorder>();
        services.AddHostedService(static provider => provider.GetRequiredService<UsageRecorder>());
        return services;
    }

    private static SecretSource SourceOf(StorageOptions options)
    {
        var key = options.Key;
        return new SecretSource(() => [key]);
    }

    private static IDeadLetterStore CreateDeadLetterStore(IServiceProvider provider)
    {
        var memory = new InMemoryDeadLetterStore(provider.GetRequiredService<ILogger<InMemoryDeadLetterStore>>());
        return TableOf(provider, TableDeadLetterStore.TableName) is { } table
            ? new DurableDeadLetterStore(
                new TableDeadLetterStore(table),
                memory,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<DurableDeadLetterStore>>())
            : memory;
    }

    private static IUserGroupStore CreateUserGroupStore(IServiceProvider provider)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        return TableOf(provider, TableUserGroupStore.TableName) is { } table ? new TableUserGroupStore(table, time) : new InMemoryUserGroupStore(time);
    }

    // Null where nothing is kept for good.
    private static DurableTable? TableOf(IServiceProvider provider, string name)
    {
        var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
        if (string.IsNullOrEmpty(options.Tables))
        {
            return null;
        }

        var client = new Lazy<TableServiceClient>(
            () => options.Connect(provider.GetRequiredService<TokenCredential>, DurableTable.ClientOptions()));
        return new DurableTable(
            () => client.Value, name, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<DurableTable>>());
    }

    private sealed class NothingToDo : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
