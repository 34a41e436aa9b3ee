using Microsoft.AspNetCore.Authentication;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Hubs;

namespace Serverless.FunctionsHost.Worker.Hubs;

/// <summary>The hubs of the app.</summary>
internal static class TestHubs
{
    // Used where a test gives no connection string; no request is sent to it.
    private const string ConnectionString = "Endpoint=http://127.0.0.1;Port=9;AccessKey=a-key-of-the-tests-0123456789-0123456789;Version=1.0;";

    public static void AddTestHubs(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(HeaderAuthentication.Scheme, null);
        builder.AddServerlessHubs(options => options.ConnectionString = builder.Configuration[ServerlessHubsOptions.ConnectionStringKey] ?? ConnectionString)
            .AddHub<MirrorHub>()
            .AddHub<MembersHub>(functions =>
            {
                functions.UpstreamRoute = "keyed/{hub}/{category}/{event}";
                functions.UpstreamAuthLevel = AuthorizationLevel.Function;
                functions.FunctionPerMethod = false;
            });
    }
}
