using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Serverless.Functions.Page;

/// <summary>Serves the chat page: the files in <c>wwwroot</c>, below the host's route prefix.</summary>
internal static class PageFile
{
    private const string IndexFile = "index.html";

    // The page runs only its own scripts, and may connect to any gateway, whose address it receives from negotiate.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http: https: ws: wss:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly PhysicalFileProvider Files = new(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
    private static readonly FileExtensionContentTypeProvider Types = new();

    public static string[] Methods { get; } = ["GET", "HEAD"];

    /// <summary>Answers a request for a file in a plain app.</summary>
    public static async Task WriteAsync(HttpContext context, string? path)
    {
        var file = Find(path, context.Request.Path.Value!, out var headers, out var status);
        context.Response.StatusCode = (int)status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        if (file is not null && HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.SendFileAsync(file, context.RequestAborted);
        }
    }

    /// <summary>Answers a request for a file in a function.</summary>
    public static async Task<HttpResponseData> AnswerAsync(HttpRequestData request, string? path, CancellationToken cancellationToken)
    {
        var file = Find(path, request.Url.AbsolutePath, out var headers, out var status);
        var response = request.CreateResponse(status);
        foreach (var (name, value) in headers)
        {
            response.Headers.Add(name, value);
        }

        if (file is not null && HttpMethods.IsGet(request.Method))
        {
            await using var content = file.CreateReadStream();
            await content.CopyToAsync(response.Body, cancellationToken);
        }

        return response;
    }

    private static IFileInfo? Find(string? path, string requestPath, out List<KeyValuePair<string, string>> headers, out HttpStatusCode status)
    {
        headers = [];
        if (string.IsNullOrEmpty(path) && !requestPath.EndsWith('/'))
        {
            // The files of the page have relative addresses.
            headers.Add(new(HeaderNames.Location, requestPath + "/"));
            status = HttpStatusCode.MovedPermanently;
            return null;
        }

        var name = string.IsNullOrEmpty(path) ? IndexFile : path;
        var file = Files.GetFileInfo(name);
        if (!file.Exists || !Types.TryGetContentType(name, out var type))
        {
            status = HttpStatusCode.NotFound;
            return null;
        }

        headers.Add(new(HeaderNames.ContentType, type));
        headers.Add(new(HeaderNames.CacheControl, "no-cache"));
        headers.Add(new(HeaderNames.ContentSecurityPolicy, ContentSecurityPolicy));
        headers.Add(new(HeaderNames.XContentTypeOptions, "nosniff"));
        headers.Add(new("Referrer-Policy", "no-referrer"));
        status = HttpStatusCode.OK;
        return file;
    }
}
