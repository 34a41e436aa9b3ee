using System.Buffers;
using System.Text.Json;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Dashboard;

/// <summary>
/// Returns the data that the page needs to sign in: <c>GET /dashboard/sign-in.json</c>. In Development this includes the emulator's well-known
/// key, so that the page opens without asking; a configured key is never returned, in any environment.
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
