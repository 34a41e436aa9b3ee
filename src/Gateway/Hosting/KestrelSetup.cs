using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.Gateway.Clients.Endpoints;

namespace Serverless.Gateway.Hosting;

/// <summary>How the gateway listens.</summary>
internal static class KestrelSetup
{
    private const string DefaultUrl = "http://localhost:8888";
    private const int MaxRequestLineBytes = 64 * 1024;
    private const int ReadAheadBytes = 32 * 1024;

    /// <summary>
    /// Lets sockets complete on the thread that polls them, in place of a hop to the thread pool: no gateway code between a socket and
    /// the next blocks. Must be set before the process opens its first socket.
    /// </summary>
    public static void CompleteSocketsInline() =>
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

    public static void AddKestrel(this WebApplicationBuilder builder)
    {
        // A line of a head ends in CRLF. A proxy that reads a bare LF otherwise would see other requests than the gateway does.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(static sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.Backlog = 4096;

            // What is read ahead of a client whose reading is held is not counted: it must stay small beside what is.
            sockets.MaxReadBufferSize = ReadAheadBytes;
        });
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Names of 1,024 characters, percent-encoded, and long lists of excluded connections travel in the request line.
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;

            // The same for what TLS has decoded; no less than a request line.
            kestrel.Limits.MaxRequestBufferSize = MaxRequestLineBytes;
            var front = kestrel.ApplicationServices.GetRequiredService<WebSocketFront>();
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                // WebSockets over HTTP/2 come by another way than the upgrade; clients fall back to 1.1 by themselves.
                endpoint.Protocols = HttpProtocols.Http1;
                front.Use(endpoint);
            });
        });

        var addressed = builder.Configuration["urls"] is not null
            || builder.Configuration["http_ports"] is not null
            || builder.Configuration["https_ports"] is not null
            || builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!addressed)
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
    }
}
