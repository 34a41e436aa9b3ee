using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Proxies;

/// <summary>A real nginx with one configuration, on a port and in a folder of its own.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    // Not in the PATH of users other than root.
    private const string Installed = "/usr/sbin/nginx";

    private readonly string _folder;
    private readonly ServerProcess _process;

    private NginxServer(string folder, ServerProcess process)
    {
        _folder = folder;
        _process = process;
    }

    public Uri Address => _process.Address;

    /// <param name="site">The content of the block <c>http</c>, which listens on port 80 and forwards to <c>gateway:8888</c>.</param>
    /// <param name="gateway">The gateway's address.</param>
    public static async Task<NginxServer> StartAsync(string site, Uri gateway)
    {
        var port = FreePort.Find();
        var folder = Directory.CreateTempSubdirectory("nginx-").FullName;
        var file = Path.Combine(folder, "nginx.conf");
        var temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {folder}/{kind};\n"));
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events { worker_connections 256; }
            http {
            access_log off;
            {{temporary}}
            {{site
                .Replace("listen 80;", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{port};"), StringComparison.Ordinal)
                .Replace("gateway:8888", gateway.Authority, StringComparison.Ordinal)}}
            }
            """);
        try
        {
            var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
            return new NginxServer(folder, await ServerProcess.StartAsync(
                new ProcessStartInfo(File.Exists(Installed) ? Installed : "nginx", ["-p", folder, "-c", file, "-e", "stderr"]), address, "/"));
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("nginx is missing: apt-get install nginx-light (bash test.sh does).", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
