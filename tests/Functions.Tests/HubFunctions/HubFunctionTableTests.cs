using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Hubs.Functions;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>The names, routes and keys of the functions that hubs add.</summary>
public sealed class HubFunctionTableTests
{
    [Fact]
    public void A_hub_has_a_function_for_each_method_with_a_plain_name_and_the_general_ones()
    {
        var functions = TestApp.Table(static hubs => hubs.AddHub<Room>()).Functions;

        Assert.Equal(
            [
                ("room-negotiate", "room/negotiate"),
                ("room-connected", "upstream/room/connections/connected"),
                ("room-disconnected", "upstream/room/connections/disconnected"),
                ("room-Say", "upstream/room/messages/Say"),
                ("room-connected-2", "upstream/room/messages/connected"),
                ("upstream", "upstream/{hub}/{category}/{event}"),
            ],
            functions.Select(function => (function.Name, function.Route)));
        Assert.All(functions, function => Assert.Equal(AuthorizationLevel.Anonymous, function.AuthLevel));
    }

    [Fact]
    public void Each_kind_of_function_can_be_turned_off()
    {
        var functions = TestApp.Table(static hubs => hubs
            .AddHub<Room>(options => options.NegotiateRoute = null)
            .AddHub<Other>(options => (options.UpstreamRoute, options.NegotiateRoute) = (null, "join/{hub}"))).Functions;

        Assert.DoesNotContain(functions, function => function.Name == "room-negotiate");
        Assert.Equal("join/other", functions.Single(function => function.Name == "other-negotiate").Route);
        Assert.DoesNotContain(functions, function => function.Name == "other-connected");
        Assert.Equal(
            ["other-negotiate", "room-negotiate", "upstream"],
            TestApp.Table(static hubs => hubs.AddHub<Room>(Short).AddHub<Other>(Short)).Functions.Select(function => function.Name).Order());

        static void Short(HubFunctionsOptions options) => options.FunctionPerMethod = false;
    }

    [Fact]
    public void A_route_without_the_event_has_no_functions_for_methods() => Assert.Equal(
        [("other-negotiate", "other/negotiate"), ("upstream", "signalr/{hub}")],
        TestApp.Table(static hubs => hubs.AddHub<Other>(options => options.UpstreamRoute = "signalr/{hub}")).Functions
            .Select(function => (function.Name, function.Route)));

    [Fact]
    public void Hubs_that_share_a_route_share_its_function_with_the_strictest_key()
    {
        var functions = TestApp.Table(static hubs => hubs
            .AddHub<Room>(options => options.UpstreamAuthLevel = AuthorizationLevel.Function)
            .AddHub<Other>()).Functions;

        Assert.Equal(AuthorizationLevel.Function, functions.Single(function => function.Name == "upstream").AuthLevel);
        Assert.Equal(AuthorizationLevel.Function, functions.Single(function => function.Name == "room-Say").AuthLevel);
        Assert.Equal(AuthorizationLevel.Anonymous, functions.Single(function => function.Name == "other-connected").AuthLevel);
        Assert.Equal(AuthorizationLevel.Anonymous, functions.Single(function => function.Name == "room-negotiate").AuthLevel);
    }

    [Fact]
    public void A_function_of_the_app_with_the_same_name_is_reported()
    {
        using var app = TestApp.Build(static hubs => hubs.AddHub<Room>());
        var transformer = Assert.Single(app.Services.GetServices<IFunctionMetadataTransformer>());
        List<IFunctionMetadata> functions = [new DefaultFunctionMetadata { Name = "Upstream", EntryPoint = "App.Upstream.Run" }];

        var error = Assert.Throws<InvalidOperationException>(() => transformer.Transform(functions));

        Assert.Contains("App.Upstream.Run has the name 'Upstream'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hub_that_takes_a_stream_is_refused_by_name() => Assert.Contains(
        "Upload",
        Assert.Throws<NotSupportedException>(static () => TestApp.Table(static hubs => hubs.AddHub<Uploads>())).Message,
        StringComparison.Ordinal);

    [Fact]
    public void To_add_the_hubs_again_changes_nothing()
    {
        using var app = TestApp.Build(static hubs => hubs.AddHub<Other>(), static builder => builder.AddServerlessHubs().AddHub<Other>());

        Assert.Single(app.Services.GetServices<IFunctionMetadataTransformer>());
        Assert.Equal(1, app.Services.GetRequiredService<HubFunctionTable>().Functions.Count(function => function.Name == "other-negotiate"));
    }

    internal sealed class Other : Hub;

    private sealed class Room : Hub
    {
        [HubMethodName("connected")]
        public void NamedLikeAnEvent()
        {
        }

        [HubMethodName("with/slash")]
        public void WithSlash()
        {
        }

        public void Say(string text)
        {
        }
    }

    private sealed class Uploads : Hub
    {
        public void Upload(IAsyncEnumerable<int> numbers)
        {
        }
    }
}
