using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.Gateway.Clients.Endpoints;

namespace Serverless.Gateway.Hosting;

/// <summary>Configures Kestrel: sockets, limits and endpoints.</summary>
internal static class KestrelSetup
{
    private const string DefaultUrl = "http://localhost:8888";
    private const int MaxRequestLineBytes = 64 * 1024;
    private const int ReadAheadBytes = 32 * 1024;

    /// <summary>
    /// Lets sockets complete on the thread that polls them, without a hop to the thread pool: no gateway code between one socket and the
    /// next blocks. Must be called before the process opens its first socket.
    /// </summary>
    public static void CompleteSocketsInline() =>
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

    public static void AddKestrel(this WebApplicationBuilder builder)
    {
        // A line of a request head ends in CRLF. A proxy that treats a bare LF differently would see other requests than the gateway.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(static sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.Backlog = 4096;

            // Bytes read ahead for a client whose reading is paused are not counted: they must stay few beside those that are.
            sockets.MaxReadBufferSize = ReadAheadBytes;
        });
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Names of 1,024 characters, percent-encoded, and long lists of excluded connections are part of the request line.
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;

            // The same limit for decrypted TLS data; no less than a request line.
            kestrel.Limits.MaxRequestBufferSize = MaxRequestLineBytes;
            var front = kestrel.ApplicationServices.GetRequiredService<WebSocketFront>();
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                // WebSockets over HTTP/2 do not use the upgrade that the gateway handles; clients fall back to 1.1 by themselves.
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
