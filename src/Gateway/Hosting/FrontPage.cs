using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Dashboard;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Serves <c>GET|HEAD /</c>, a page that explains this address and links to others. The page needs no script, loads no other resource and
/// contains no secret: the only key it shows is the emulator's well-known one, in Development.
/// </summary>
internal sealed class FrontPage(AccessKeys keys, PublicAddresses addresses, IOptions<DashboardOptions> dashboard, IHostEnvironment environment)
{
    private const string Style = """

            :root { color-scheme: light dark; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
            body { margin: 0; background: light-dark(#f5f5f9, #101117); color: light-dark(#1b1c25, #eceef4); overflow-wrap: anywhere; }
            main { max-width: 720px; margin: 0 auto; padding: 8vh 16px 32px; }
            section { margin: 16px 0; padding: 16px 20px; border: 1px solid light-dark(#e2e2ec, #2e323e); border-radius: 12px; background: light-dark(#fff, #191b23); }
            h1 { margin: 0 0 4px; font-size: 1.6rem; }
            h2 { margin: 0 0 8px; font-size: 1rem; }
            p { margin: 8px 0; }
            dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 18px; margin: 0; }
            dt { font-weight: 600; }
            dd { margin: 0; }
            a { color: light-dark(#4d4dc6, #9d9dff); }
            a:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
            code { font: .88em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
            .soft { color: light-dark(#5a5d6e, #a4a9b9); }
            @media (max-width: 520px) { dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 8px; } }

        """;

    // Allows only the style that this class writes and the icon.
    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public async Task HandleAsync(HttpContext context)
    {
        // The page is not urgent, and the current thread may be one that polls sockets.
        await Task.Yield();

        // Routing also selects this endpoint for a target without a path ('*').
        if (RequestTarget.Of(context).RoutedPath != "/")
        {
            if (RequestAddress.BaseOf(context.Request) is [.., var last])
            {
                // /signalr: the page's relative links need the trailing slash.
                context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
                context.Response.Headers.Location = $"{Uri.EscapeDataString(last)}/";
                return;
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var page = Encoding.UTF8.GetBytes(Page(context.Request));
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = page.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(page, context.RequestAborted);
        }
    }

    // Links are relative, so that they work behind a proxy that adds a prefix. Lines are short, as curl shows the source of the page.
    private string Page(HttpRequest request) => $"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <title>Serverless gateway</title>
          <link rel="icon" href="data:,">
          <style>{Style}</style>
        </head>
        <body>
        <main>
          <h1>Serverless gateway</h1>
          <p>This is a gateway for SignalR clients of serverless apps. It holds the clients' connections, sends what they
             call to an app's functions over HTTP, and takes the functions' messages to clients over a REST API. It speaks the
             protocol of Azure SignalR Service in serverless mode.</p>

          <section aria-labelledby="go">
            <h2 id="go">Where to go</h2>
            <dl>{DashboardLink()}
              <dt><a href="api/health">api/health</a></dt>
              <dd>what the gateway holds and depends on, as JSON; <a href="health/ready">health/ready</a> and
                  <a href="health/live">health/live</a> are for probes</dd>
              <dt>Documentation</dt>
              <dd><code>README.md</code> and the folder <code>docs</code> of the gateway's repository; begin with
                  <code>docs/quickstart.md</code></dd>
            </dl>
          </section>

          <section aria-labelledby="connect">
            <h2 id="connect">Connect an app</h2>
            <p>Give the app this connection string, usually as <code>AzureSignalRConnectionString</code>:</p>
            <p><code>{ConnectionString(request)}</code></p>
            <p class="soft">{AboutTheKey()}</p>
          </section>
        </main>
        </body>
        </html>

        """;

    private bool ShowsKey => environment.IsDevelopment() && keys.Current.Texts[0] == AccessOptions.EmulatorKey;

    private string DashboardLink() => dashboard.Value.Enabled
        ? $"""

              <dt><a href="{DashboardEndpoints.Path.TrimStart('/')}">Dashboard</a></dt>
              <dd>connections, messages and failures as they happen, and a client to try hubs{(ShowsKey ? "" : "; asks for an access key")}</dd>
        """
        : "";

    private string ConnectionString(HttpRequest request) => HtmlEncoder.Default.Encode(
        (addresses.First is { } endpoint
            ? $"Endpoint={endpoint};"
            : $"Endpoint={request.Scheme}://{request.Host.Host}{request.PathBase.ToUriComponent()};{(request.Host.Port is { } port ? $"Port={port};" : "")}")
        + $"AccessKey={(ShowsKey ? AccessOptions.EmulatorKey : "<access key>")};Version=1.0;");

    private string AboutTheKey() => ShowsKey
        ? "The key is the local emulator's well-known one, which the gateway accepts in Development only."
        : "Use one of the access keys that the gateway is configured with; this page does not show them.";
}
