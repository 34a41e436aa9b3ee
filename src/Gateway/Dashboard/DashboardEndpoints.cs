using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Dashboard;

/// <summary>Registers this room's services and maps <c>/dashboard</c>.</summary>
internal static class DashboardEndpoints
{
    /// <summary>Where the page is; it ends in a slash.</summary>
    public const string Path = "/dashboard/";

    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddOptions<DashboardOptions>().BindConfiguration("Gateway:Dashboard");
        services.AddSingleton<SignInEndpoint>();
        return services;
    }

    public static void MapDashboard(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<DashboardOptions>>().Value.Enabled)
        {
            return;
        }

        app.UseDashboardFiles();
        app.MapGet(Path + "sign-in.json", app.Services.GetRequiredService<SignInEndpoint>().HandleAsync);
    }
}
