using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Serverless.EndToEnd.Fidelity.Hubs;

namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>The app with the hub classes of the table, the same for every backend but for the lines that a backend adds.</summary>
internal static class HubApp
{
    /// <summary>All hub classes of the table.</summary>
    public static IReadOnlyList<Type> Hubs { get; } =
    [
        .. typeof(HubApp).Assembly.GetTypes().Where(
            type => type.Namespace == typeof(ValuesHub).Namespace && typeof(Hub).IsAssignableFrom(type) && !type.IsAbstract),
    ];

    /// <summary>Creates the app.</summary>
    /// <param name="configure">Adds what the backend needs to SignalR.</param>
    /// <param name="map">Maps a hub at a path.</param>
    public static WebApplication Create(Action<ISignalRServerBuilder> configure, IHubMap map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        configure(builder.Services.AddFidelityHubs());
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        foreach (var hub in Hubs)
        {
            MapMethod.MakeGenericMethod(hub).Invoke(map, [app, FidelityCase.PathOf(hub)]);
        }

        return app;
    }

    private static MethodInfo MapMethod { get; } = typeof(IHubMap).GetMethod(nameof(IHubMap.Map))!;
}

/// <summary>Maps hubs as a backend does.</summary>
internal interface IHubMap
{
    void Map<THub>(WebApplication app, string path)
        where THub : Hub;
}
