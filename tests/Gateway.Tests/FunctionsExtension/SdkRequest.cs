using System.Security.Cryptography;
using System.Text;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// A REST request in the recorded form of the extension's SDK (Management 1.29.1): the order of its headers and of the token's header and
/// payload, an audience without the port and without the query parameters added last, and a chunked body.
/// </summary>
/// <param name="Operation">The SDK's call.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Address">The path and query up to the api-version, which the audience contains.</param>
/// <param name="Added">The further query, which the audience does not contain.</param>
/// <param name="Body">The body as JSON, or a binary body as hex after <c>0x</c>.</param>
internal sealed record SdkRequest(string Operation, string Method, string Address, string Added = "", string? Body = null)
{
    private const string UserAgent = "Microsoft.Azure.SignalR.Management/1.29.1 (.NET 10.0.12; Debian GNU/Linux 12 (bookworm); X64)";

    /// <summary>Returns a token with the recorded JOSE header, whose <c>kid</c> has no meaning. The payload starts with the claims, an object.</summary>
    public static string Token(string claims, string audience, string key)
    {
        var first = claims == "{}" ? "{" : claims[..^1] + ",";
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var text = Encode("""{"alg":"HS256","typ":"JWT","kid":"581135446"}""") + "."
            + Encode($$"""{{first}}"nbf":{{now}},"exp":{{now + 3600}},"iat":{{now}},"iss":"azure-signalr","aud":"{{audience}}"}""");
        return text + "." + Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>Returns the whole request.</summary>
    public byte[] Bytes(Uri gateway, string key)
    {
        var token = Token("""{"nameid":"vm_88bf6d0c766d4132b010a04ffda50aa5"}""", "http://127.0.0.1" + Address, key);
        var isBinary = Body?.StartsWith("0x", StringComparison.Ordinal) == true;
        var head = $"{Method} {Address}{Added} HTTP/1.1\r\nAsrs-User-Agent: {UserAgent}\r\nAuthorization: Bearer {token}\r\n"
            + (Body is null ? "" : $"Content-Type: {(isBinary ? "application/octet-stream" : "application/json; charset=utf-8")}\r\n")
            + (Method == "PUT" ? "Content-Length: 0\r\n" : "")
            + $"Host: {gateway.Authority}\r\n"
            + (Body is null ? "" : "Transfer-Encoding: chunked\r\n")
            + "\r\n";
        if (Body is null)
        {
            return Encoding.ASCII.GetBytes(head);
        }

        var body = isBinary ? Convert.FromHexString(Body[2..]) : Encoding.UTF8.GetBytes(Body);
        return [.. Encoding.ASCII.GetBytes($"{head}{body.Length:X}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];
    }

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
