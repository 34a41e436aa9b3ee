using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Serverless.Functions.Page;

/// <summary>Serves the chat page: the files in <c>wwwroot</c>, below the route prefix that the Functions host would use.</summary>
internal static class PageFiles
{
    // The page runs only its own scripts, and may connect to any gateway, whose address it receives from negotiate.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http: https: ws: wss:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPage(this WebApplication app, string routePrefix)
    {
        var files = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, RequestPath = routePrefix });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, RequestPath = routePrefix, OnPrepareResponse = AddHeaders });
        if (routePrefix.Length > 0)
        {
            // Serves / when the app runs without the Functions host; the host has a home page there.
            app.MapGet("/", context =>
            {
                context.Response.Redirect(routePrefix + "/");
                return Task.CompletedTask;
            });
        }
    }

    private static void AddHeaders(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
