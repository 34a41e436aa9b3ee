using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Connections;

namespace Serverless.Gateway.Backplane;

/// <summary>Registers this room's services: one node alone, or several over Redis where it is configured.</summary>
internal static class BackplaneServices
{
    public static IServiceCollection AddBackplane(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<BackplaneOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<BackplaneOptions>, BackplaneOptionsValidator>();
        services.AddSingleton(Create);
        services.AddSingleton<IInterest>(static provider => provider.GetRequiredService<IBackplane>());
        services.AddHostedService<BackplaneRunner>();
        return services;
    }

    private static IBackplane Create(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<BackplaneOptions>>().Value;
        if (string.IsNullOrEmpty(options.Redis) || !RedisAddress.TryParse(options.Redis, out var address))
        {
            return new LoneBackplane();
        }

        var time = provider.GetRequiredService<TimeProvider>();
        var node = provider.GetRequiredService<ThisNode>().Id;
        var link = new RedisLink(
            address, node, new RedisLogin(address, provider.GetRequiredService<IdentityTokens>(), time), time, provider.GetRequiredService<ILogger<RedisLink>>());
        var backplane = new RedisBackplane(node, link, time, provider.GetRequiredService<ILogger<RedisBackplane>>());
        link.Take = backplane.Take;
        return backplane;
    }

    // Hosted, so that it ends behind the draining, which still needs the other nodes.
    private sealed class BackplaneRunner(IBackplane backplane) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => (backplane as RedisBackplane)?.RunAsync(stoppingToken) ?? Task.CompletedTask;
    }
}
