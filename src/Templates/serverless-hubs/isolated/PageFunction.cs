using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace ServerlessApp;

/// <summary>The function that serves the page.</summary>
public static class PageFunction
{
    [Function("page")]
    public static IActionResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "page/{file?}")] HttpRequest request, string? file) => file switch
        {
            null => new PhysicalFileResult(Path.Combine(AppContext.BaseDirectory, "page", "index.html"), "text/html"),
            "signalr.min.js" => new PhysicalFileResult(Path.Combine(AppContext.BaseDirectory, "page", file), "text/javascript"),
            _ => new NotFoundResult(),
        };
}
