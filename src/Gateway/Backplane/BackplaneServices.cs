using Azure.Core;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Ledger;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Messaging;
using Serverless.Gateway.Backplane.Redis.Streams;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>Registers the services of the backplane: for a lone node, or over Redis where it is configured.</summary>
internal static class BackplaneServices
{
    public static IServiceCollection AddBackplane(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<BackplaneOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<BackplaneOptions>, BackplaneOptionsValidator>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<IOptions<BackplaneOptions>>().Value));
        services.AddSingleton<IOptionsMonitor<BackplaneOptions>, LiveOptions<BackplaneOptions>>();
        services.AddSingleton<BackplaneLosses>();
        services.AddSingleton<RefusedMessages>();
        services.AddSingleton(CreateSigner);
        services.AddSingleton<RedisRefusals>();
        services.AddSingleton(CreateLink);
        services.AddSingleton(Create);
        services.AddSingleton(CreateMetrics);
        services.AddSingleton(CreateLedger);
        services.AddSingleton<IInterest>(static provider => provider.GetRequiredService<IBackplane>());
        services.AddHostedService<BackplaneRunner>();
        return services;
    }

    private static SecretSource SourceOf(BackplaneOptions options)
    {
        var password = RedisAddress.TryParse(options.Redis ?? "", out var address) ? address.Password : null;
        return new SecretSource(() => [password]);
    }

    private static RedisHolder CreateLink(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<BackplaneOptions>>().Value;
        if (string.IsNullOrEmpty(options.Redis) || !RedisAddress.TryParse(options.Redis, out var address))
        {
            return new RedisHolder(null, null);
        }

        var time = provider.GetRequiredService<TimeProvider>();
        var own = address.ClientId is { } clientId
            ? new IdentityTokens(new Lazy<TokenCredential>(() => new IdentityOptions { ClientId = clientId }.CreateCredential()), time)
            : null;
        var identity = own ?? provider.GetRequiredService<IdentityTokens>();
        return new RedisHolder(
            new RedisLink(address, provider.GetRequiredService<ThisNode>().Id, identity, time, provider.GetRequiredService<ILogger<RedisLink>>()), own);
    }

    private static BackplaneSigner CreateSigner(IServiceProvider provider)
    {
        var live = provider.GetRequiredService<IOptionsMonitor<BackplaneOptions>>();
        return new BackplaneSigner(
            provider.GetRequiredService<AccessKeys>(),
            provider.GetRequiredService<TimeProvider>(),
            live.CurrentValue.Nodes.Timeout,
            () => live.CurrentValue.Nodes.AcceptUnsigned);
    }

    private static IBackplane Create(IServiceProvider provider)
    {
        if (provider.GetRequiredService<RedisHolder>().Link is not { } link)
        {
            return new LoneBackplane();
        }

        var options = provider.GetRequiredService<IOptions<BackplaneOptions>>().Value;
        var node = provider.GetRequiredService<ThisNode>().Id;
        var time = provider.GetRequiredService<TimeProvider>();
        var refusals = provider.GetRequiredService<RedisRefusals>();
        var losses = provider.GetRequiredService<BackplaneLosses>();
        var signer = provider.GetRequiredService<BackplaneSigner>();
        var refused = provider.GetRequiredService<RefusedMessages>();
        var inbox = new BackplaneInbox();
        var streams = new HubStreams(
            node, link, signer, refused, refusals, inbox, losses, options.Streams, options.Nodes.Timeout, time, provider.GetRequiredService<ILogger<HubStreams>>());
        var backplane = new RedisBackplane(
            node, options.Delivery, link, streams, refusals, inbox, losses, signer, refused, time, provider.GetRequiredService<ILogger<RedisBackplane>>());
        link.Take = backplane.Take;
        link.Renew = backplane.Renew;
        link.Connected += backplane.Resume;
        link.SlotMoved = backplane.FollowSlots;
        link.MessagesMissed = backplane.CountMissed;
        link.Refusals = refusals;
        return backplane;
    }

    private static BackplaneMetrics CreateMetrics(IServiceProvider provider)
    {
        var backplane = provider.GetRequiredService<IBackplane>();
        return new BackplaneMetrics(
            backplane.IsAlone, () => backplane.Status.IsOpen, () => backplane.Status.WaitingBytes);
    }

    private static INodeLedger CreateLedger(IServiceProvider provider)
    {
        if (provider.GetRequiredService<RedisHolder>().Link is not { } link)
        {
            return new NoLedger();
        }

        var ledger = new RedisLedger(
            provider.GetRequiredService<ThisNode>().Id,
            link,
            provider.GetRequiredService<BackplaneSigner>(),
            provider.GetRequiredService<RefusedMessages>(),
            provider.GetRequiredService<IOptions<BackplaneOptions>>().Value.Nodes.Timeout,
            provider.GetRequiredService<TimeProvider>());
        link.Connected += ledger.Resume;
        return ledger;
    }

    // A hosted service, so that it ends after the draining, which still needs the other nodes.
    private sealed class BackplaneRunner(IBackplane backplane) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => (backplane as RedisBackplane)?.RunAsync(stoppingToken) ?? Task.CompletedTask;

        public override async Task StopAsync(CancellationToken cancellationToken)
        {
            if (backplane is RedisBackplane redis)
            {
                await redis.FlushedAsync(cancellationToken);
            }

            await base.StopAsync(cancellationToken);
        }
    }
}
