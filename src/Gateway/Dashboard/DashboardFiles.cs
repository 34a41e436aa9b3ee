using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Dashboard;

/// <summary>Serves the page's files without a token. They contain no secret, and the page shows no data without a token.</summary>
internal static class DashboardFiles
{
    private const string Segment = "dashboard";
    private const string Root = "/" + Segment;

    // The page runs only its own scripts, connects only to this gateway, and creates no markup from text.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void UseDashboardFiles(this WebApplication app)
    {
        var folder = System.IO.Path.Combine(AppContext.BaseDirectory, "dashboard");
        if (!Directory.Exists(folder))
        {
            return; // published without the page
        }

        var files = new PhysicalFileProvider(folder);
        app.UseWhen(static context => RequestTarget.Of(context).IsUnder(Segment), branch =>
        {
            // The files are not urgent, and the current thread may be one that polls sockets.
            branch.Use(static async (context, next) =>
            {
                await Task.Yield();
                if (RequestTarget.Of(context) is { Segments: [_], RoutedPath: [.., not '/'] })
                {
                    // Relative, as a proxy may have removed a prefix of the path.
                    context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
                    context.Response.Headers.Location = Segment + "/" + context.Request.QueryString;
                    return;
                }

                await next(context);
            });
            branch.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, RequestPath = Root });
            branch.UseStaticFiles(new StaticFileOptions { FileProvider = files, RequestPath = Root, OnPrepareResponse = AddHeaders });
        });
    }

    private static void AddHeaders(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.CacheControl = "no-cache"; // revalidated each time; the entity tag avoids sending it again
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
