using Serverless.Functions.Chatting;
using Serverless.Functions.Hosting;
using Serverless.Functions.Page;
using Serverless.Hubs;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.ListenForFunctionsHost();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services
    .AddServerlessHubs(options => options.Json.TypeInfoResolverChain.Insert(0, ChatJson.Default))
    .AddHub<Chat>();

var app = builder.Build();

// The same routes as in the function.json files, so that they exist without the Functions host too.
var routePrefix = FunctionsHostContract.ReadRoutePrefix(Path.Combine(AppContext.BaseDirectory, "host.json"));
var functions = app.MapGroup(routePrefix);
functions.MapHubUpstream("/upstream/{hub}/{category}/{event}");
functions.MapHubNegotiate<Chat>("/negotiate", UserName.FromQuery);
app.MapPage(routePrefix);
app.Run();
