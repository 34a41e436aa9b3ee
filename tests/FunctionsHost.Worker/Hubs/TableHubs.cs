using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Serverless.EndToEnd.Fidelity.Hubs;
using Serverless.Hubs.Functions;

namespace Serverless.FunctionsHost.Worker.Hubs;

/// <summary>The hub classes of the table that is run in process and behind the gateway, as functions.</summary>
internal static class TableHubs
{
    public static void AddTableHubs(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddFidelityHubs();
        var hubs = builder.AddServerlessHubs();
        var add = typeof(TableHubs).GetMethod(nameof(Add), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        foreach (var hub in typeof(ValuesHub).Assembly.GetTypes().Where(type =>
            type.Namespace == typeof(ValuesHub).Namespace && typeof(Hub).IsAssignableFrom(type) && !type.IsAbstract && type != typeof(UploadsHub)))
        {
            add.MakeGenericMethod(hub).Invoke(null, [hubs]);
        }
    }

    private static void Add<THub>(ServerlessHubsBuilder hubs)
        where THub : Hub => hubs.AddHub<THub>();
}
