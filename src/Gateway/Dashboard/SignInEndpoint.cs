using System.Buffers;
using System.Text.Json;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Dashboard;

/// <summary>
/// <c>GET /dashboard/sign-in.json</c>: what the page needs to sign in. In Development the emulator's key, which everybody knows, so that
/// the page opens by itself; a key of one's own is never told, in any environment.
/// </summary>
internal sealed class SignInEndpoint(AccessKeys keys, PublicAddresses addresses, IHostEnvironment environment)
{
    // {"audience":"http://localhost:8888/admin","accessKey":"…"}
    public async Task HandleAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("audience"u8, $"{addresses.LinkBase(context.Request)}/admin");
            if (environment.IsDevelopment() && keys.Current.Texts.Contains(AccessOptions.EmulatorKey))
            {
                json.WriteString("accessKey"u8, AccessOptions.EmulatorKey);
            }

            json.WriteEndObject();
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
