using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Gateway.Upstream.Requests;
using Serverless.Gateway.Upstream.Secrets;
using Serverless.Gateway.Upstream.Sockets;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream;

/// <summary>Registers the services of upstream calls.</summary>
internal static class UpstreamServices
{
    public static IServiceCollection AddUpstream(this IServiceCollection services, IHostEnvironment environment)
    {
        services.AddOptionsWithValidateOnStart<UpstreamSettings>().BindConfiguration("UpstreamSettings");
        services.AddOptionsWithValidateOnStart<UpstreamOptions>().BindConfiguration("Gateway:Upstream");
        services.AddSingleton<IValidateOptions<UpstreamSettings>, UpstreamSettingsValidator>();
        services.AddSingleton<IValidateOptions<UpstreamOptions>, UpstreamOptionsValidator>();
        if (environment.IsDevelopment())
        {
            services.PostConfigure<UpstreamSettings>(settings =>
            {
                if (settings.Templates.Count == 0)
                {
                    settings.Templates.Add(new UpstreamTemplateOptions { UrlTemplate = UpstreamSettings.DevelopmentUrl });
                }
            });
        }

        services.AddSingleton<IOptionsMonitor<UpstreamSettings>, LiveOptions<UpstreamSettings>>();
        services.AddSingleton<KeyVaultReader>();
        services.AddSingleton<KeyVaultSecrets>();
        services.AddSingleton<UpstreamRoutes>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<UpstreamRoutes>()));
        services.AddSingleton<UpstreamTelemetry>();
        services.AddSingleton<UpstreamGate>();
        services.AddSingleton<UpstreamSockets>();
        services.AddSingleton<IUpstreamSockets>(static provider => provider.GetRequiredService<UpstreamSockets>());
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<UpstreamDelivery>();
        return services;
    }

    private static SecretSource SourceOf(UpstreamRoutes routes) => new(() => routes.Secrets);
}
