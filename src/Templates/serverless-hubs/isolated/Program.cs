using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using ServerlessApp;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

// Adds the hub's functions: negotiate, a function for each method, and one for all other events.
builder
    .AddServerlessHubs(options => options.OnNegotiate = SignIn.AcceptAnyName)
    .AddHub<ChatHub>(functions => functions.NegotiateRoute = "negotiate");
builder.Build().Run();
