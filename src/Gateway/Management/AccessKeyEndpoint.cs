using System.Buffers;
using System.Text.Json;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Management;

/// <summary>
/// Serves <c>GET /api/auth/accessKey</c> and <c>/api/v1/auth/accessKey</c>: issues a temporary key, which signs client tokens, to a caller with
/// an Entra ID identity (docs/contract/tokens.md#temporary-keys). JSON names are in Pascal case, as SDKs read them.
/// </summary>
internal sealed class AccessKeyEndpoint(RestAccess access, AccessKeys keys, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        var allowed = await access.CheckEntraAsync(BearerToken.Of(context.Request.Headers.Authorization), EntraRights.Tokens);
        if (!allowed.IsAllowed)
        {
            var isVersion1 = RestRequest.From(RequestTarget.Of(context)).IsVersion1;
            await ErrorResponses.WriteAsync(context, RestError.Refused(allowed), isVersion1);
            return;
        }

        var key = TemporaryKeys.Create(keys.Current, time.GetUtcNow());
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("AccessKey"u8, key.AccessKey);
            json.WriteString("KeyId"u8, key.KeyId);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
