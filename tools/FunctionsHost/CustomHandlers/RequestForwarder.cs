using System.Net.Http.Headers;
using System.Text;
using Serverless.FunctionsHost.Apps;

namespace Serverless.FunctionsHost.CustomHandlers;

/// <summary>Forwards a request to the custom handler in one of the host's two HTTP modes.</summary>
internal sealed class RequestForwarder : IDisposable
{
    // The characters of a path that are not encoded: RFC 3986 pchar and the slash, without the percent sign.
    private const string PathCharacters = "-._~!$&'()*+,;=:@/";

    private static readonly HashSet<string> ConnectionHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "TE", "Trailer",
    };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _handler;
    private readonly HandlerMode _mode;

    public RequestForwarder(int port, HandlerMode mode)
    {
        _handler = new Uri($"http://127.0.0.1:{port}");
        _mode = mode;
    }

    public async Task ForwardAsync(HttpContext context)
    {
        using var request = CreateRequest(context.Request);
        if (_mode == HandlerMode.Proxy)
        {
            using var response = await _client.SendAsync(request, context.RequestAborted);
            await CopyAsync(response, context.Response, context.RequestAborted);
        }
        else
        {
            using var response = await _client.SendAsync(request, context.RequestAborted);
            await response.Content.LoadIntoBufferAsync(context.RequestAborted);
            await CopyAsync(response, context.Response, context.RequestAborted);
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage CreateRequest(HttpRequest original)
    {
        var address = new Uri(
            _handler.GetLeftPart(UriPartial.Authority) + EncodePath(original.Path.Value ?? "") + original.QueryString,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(original.Method), address);
        var hasBody = original.ContentLength > 0
            || (_mode == HandlerMode.Proxy && original.Headers.TransferEncoding.Count > 0);
        if (hasBody)
        {
            request.Content = new StreamContent(original.Body);
        }

        foreach (var header in original.Headers.Where(header => !ConnectionHeaders.Contains(header.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(header.Key, header.Value.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(header.Key, header.Value.AsEnumerable());
            }
        }

        var invocation = Guid.NewGuid().ToString();
        Set(request.Headers, "X-Azure-Functions-HostVersion", FunctionsHostApp.HostVersion);
        Set(request.Headers, "X-Azure-Functions-InvocationId", invocation);
        if (_mode == HandlerMode.Proxy)
        {
            Set(request.Headers, "x-ms-invocation-id", invocation);
        }
        else
        {
            request.Headers.UserAgent.ParseAdd($"Azure-Functions-Host/{FunctionsHostApp.HostVersion}");
        }

        return request;
    }

    private static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.Add(name, value);
    }

    private static string EncodePath(string path)
    {
        var encoded = new StringBuilder(path.Length);
        foreach (var rune in path.EnumerateRunes())
        {
            var isPlain = rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || PathCharacters.Contains((char)rune.Value));
            encoded.Append(isPlain ? rune.ToString() : Uri.EscapeDataString(rune.ToString()));
        }

        return encoded.ToString();
    }

    private static async Task CopyAsync(HttpResponseMessage from, HttpResponse to, CancellationToken cancellationToken)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var header in from.Headers.Concat(from.Content.Headers).Where(header => !ConnectionHeaders.Contains(header.Key)))
        {
            to.Headers.Append(header.Key, header.Value.ToArray());
        }

        await using var body = await from.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await to.Body.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            await to.Body.FlushAsync(cancellationToken);
        }
    }
}
