using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Dashboard;

/// <summary>Registers the services of this folder and maps <c>/dashboard</c>.</summary>
internal static class DashboardEndpoints
{
    /// <summary>The path of the page; it ends in a slash.</summary>
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
