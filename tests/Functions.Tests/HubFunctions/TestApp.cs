using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Hubs.Functions;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>Builds function apps in the tests' own process. They are not started.</summary>
internal static class TestApp
{
    private const string ConnectionString = "Endpoint=http://127.0.0.1;Port=9;AccessKey=a-key-of-the-tests-0123456789-0123456789;Version=1.0;";

    public static IHost Build(Action<ServerlessHubsBuilder> addHubs, Action<FunctionsApplicationBuilder>? configure = null)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        configure?.Invoke(builder);
        addHubs(builder.AddServerlessHubs(options => options.ConnectionString = ConnectionString));
        return builder.Build();
    }

    public static HubFunctionTable Table(Action<ServerlessHubsBuilder> addHubs)
    {
        using var app = Build(addHubs);
        return app.Services.GetRequiredService<HubFunctionTable>();
    }
}
