using ServerlessApp;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

// The Functions host sets the port that it forwards to. Without the host, appsettings.json has the address.
if (builder.Configuration["FUNCTIONS_CUSTOMHANDLER_PORT"] is { Length: > 0 } port)
{
    builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
}

builder.Services.AddSignalR().AddServerless(options => options.OnNegotiate = SignIn.AcceptAnyName);
var app = builder.Build();

// The same routes as in the function.json files, after the route prefix of host.json.
var functions = app.MapGroup("/api");
functions.MapServerlessHub<ChatHub>("/");
functions.MapServerlessUpstream("/upstream/{hub}/{category}/{event}");
functions.MapGet("/page/{file?}", (string? file) => file switch
{
    null => Results.File(Path.Combine(AppContext.BaseDirectory, "page", "index.html"), "text/html"),
    "signalr.min.js" => Results.File(Path.Combine(AppContext.BaseDirectory, "page", file), "text/javascript"),
    _ => Results.NotFound(),
});
app.Run();
