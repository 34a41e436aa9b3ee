using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Storage.Redis;

namespace Serverless.Gateway.Storage;

/// <summary>Registers this room's services: Azure Tables if they are configured, else Redis if it joins the nodes, else in memory.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<StorageOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton(CreateRedis);
        services.AddSingleton(CreateUserGroupStore);
        services.AddSingleton(CreateDeadLetterStore);
        services.AddSingleton<IHostedService>(static provider =>
            provider.GetRequiredService<IDeadLetterStore>() as IHostedService ?? new NothingToDo());
        services.AddSingleton(CreateUsageStore);
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
        var time = provider.GetRequiredService<TimeProvider>();
        var memory = new InMemoryDeadLetterStore(provider.GetRequiredService<ILogger<InMemoryDeadLetterStore>>());
        IDeadLetterStore? durable = TableOf(provider, TableDeadLetterStore.TableName) is { } table ? new TableDeadLetterStore(table)
            : RedisOf(provider) is { } redis
                ? new RedisDeadLetterStore(redis.Store, redis.Keys, redis.Names, time, provider.GetRequiredService<ILogger<RedisDeadLetterStore>>())
            : null;
        return durable is null
            ? memory
            : new DurableDeadLetterStore(durable, memory, time, provider.GetRequiredService<ILogger<DurableDeadLetterStore>>());
    }

    private static IUserGroupStore CreateUserGroupStore(IServiceProvider provider)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        return TableOf(provider, TableUserGroupStore.TableName) is { } table ? new TableUserGroupStore(table, time)
            : RedisOf(provider) is { } redis ? new RedisUserGroupStore(redis.Store, redis.Keys, redis.Names, time)
            : new InMemoryUserGroupStore(time);
    }

    private static IUsageStore CreateUsageStore(IServiceProvider provider) =>
        TableOf(provider, TableUsageStore.TableName) is { } table ? new TableUsageStore(table)
        : RedisOf(provider) is { } redis ? new RedisUsageStore(redis.Store, redis.Keys, redis.Names)
        : new InMemoryUsageStore();

    private static RedisParts? RedisOf(IServiceProvider provider) => provider.GetRequiredService<RedisHolding>().Parts;

    private static RedisHolding CreateRedis(IServiceProvider provider)
    {
        if (provider.GetService<RedisHolder>()?.Link is not { } link)
        {
            return new RedisHolding(null);
        }

        var time = provider.GetRequiredService<TimeProvider>();
        var store = new RedisStore(link, time, provider.GetRequiredService<ILogger<RedisStore>>());
        var names = new StoreNames(link.Names.Prefix);
        var keys = new StoreKeys(store, names, provider.GetRequiredService<AccessKeys>(), provider.GetRequiredService<RefusedMessages>(), time);
        return new RedisHolding(new RedisParts(store, keys, names));
    }

    // Null without Azure Tables.
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

    // Null without Redis.
    private sealed record RedisHolding(RedisParts? Parts);

    private sealed record RedisParts(RedisStore Store, StoreKeys Keys, StoreNames Names);

    private sealed class NothingToDo : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
