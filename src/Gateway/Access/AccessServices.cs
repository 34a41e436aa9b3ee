using Azure.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Access;

/// <summary>Registers this room's services.</summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IHostEnvironment environment)
    {
        services.AddOptionsWithValidateOnStart<AccessOptions>().BindConfiguration("Gateway");
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        if (environment.IsDevelopment())
        {
            services.PostConfigure<AccessOptions>(options =>
            {
                if (options.AccessKeys.Count == 0)
                {
                    options.AccessKeys.Add(AccessOptions.EmulatorKey);
                }
            });
        }

        services.AddSingleton<IOptionsMonitor<AccessOptions>, LiveOptions<AccessOptions>>();
        services.AddSingleton<AccessKeys>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<AccessKeys>()));
        services.AddSingleton<PublicAddresses>();
        services.AddSingleton<Audiences>();
        services.AddSingleton<TokenValidator>();
        services.AddSingleton<ConnectionToken>();
        services.AddOptionsWithValidateOnStart<EntraOptions>().BindConfiguration("Gateway:Entra");
        services.AddSingleton<IValidateOptions<EntraOptions>, EntraOptionsValidator>();
        services.AddSingleton<EntraTokens>();
        services.AddSingleton<RestAccess>();
        services.AddOptions<IdentityOptions>().BindConfiguration("Gateway:Identity");
        services.TryAddSingleton(static provider => provider.GetRequiredService<IOptions<IdentityOptions>>().Value.CreateCredential());
        services.AddSingleton(static provider => new IdentityTokens(
            new Lazy<TokenCredential>(provider.GetRequiredService<TokenCredential>), provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    private static SecretSource SourceOf(AccessKeys keys) => new(() => keys.Current.Texts);
}
