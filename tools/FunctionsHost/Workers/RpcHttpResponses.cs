using System.Globalization;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Workers.Messages;
using Data = Serverless.FunctionsHost.Workers.Messages.TypedData.DataOneofCase;

namespace Serverless.FunctionsHost.Workers;

/// <summary>Writes the result of an HTTP function to the caller, whole.</summary>
internal static class RpcHttpResponses
{
    public static async Task WriteAsync(FunctionDefinition function, InvocationResponse result, HttpResponse response)
    {
        var output = function.Bindings.FirstOrDefault(binding => binding.Is("http"))?.Name ?? "$return";
        var value = result.OutputData.FirstOrDefault(data => data.Name == output)?.Data ?? result.ReturnValue ?? new TypedData();
        if (value.DataCase == Data.Http)
        {
            WriteHead(value.Http, response);
            value = value.Http.Body ?? new TypedData();
        }
        else
        {
            response.ContentType = value.DataCase == Data.Json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
        }

        var cancellationToken = response.HttpContext.RequestAborted;
        switch (value.DataCase)
        {
            case Data.None:
                break;
            case Data.Bytes:
                await response.Body.WriteAsync(value.Bytes.Memory, cancellationToken);
                break;
            case Data.Stream:
                await response.Body.WriteAsync(value.Stream.Memory, cancellationToken);
                break;
            case Data.String:
                await response.WriteAsync(value.String, cancellationToken);
                break;
            case Data.Json:
                await response.WriteAsync(value.Json, cancellationToken);
                break;
            case Data.Int:
                await response.WriteAsync(value.Int.ToString(CultureInfo.InvariantCulture), cancellationToken);
                break;
            case Data.Double:
                await response.WriteAsync(value.Double.ToString(CultureInfo.InvariantCulture), cancellationToken);
                break;
            default:
                throw new InvocationException($"A value of the kind {value.DataCase} cannot be a response.");
        }
    }

    private static void WriteHead(RpcHttp http, HttpResponse response)
    {
        response.StatusCode = int.TryParse(http.StatusCode, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : StatusCodes.Status200OK;
        foreach (var (name, value) in http.Headers)
        {
            response.Headers[name] = value;
        }

        foreach (var cookie in http.Cookies)
        {
            response.Cookies.Append(cookie.Name, cookie.Value, Options(cookie));
        }
    }

    private static CookieOptions Options(RpcHttpCookie cookie) => new()
    {
        Domain = cookie.Domain?.Value,
        Path = cookie.Path?.Value ?? "/",
        Expires = cookie.Expires?.Value?.ToDateTimeOffset(),
        Secure = cookie.Secure?.Value ?? false,
        HttpOnly = cookie.HttpOnly?.Value ?? false,
        MaxAge = cookie.MaxAge is { } age ? TimeSpan.FromSeconds(age.Value) : null,
        SameSite = cookie.SameSite switch
        {
            RpcHttpCookie.Types.SameSite.Lax => SameSiteMode.Lax,
            RpcHttpCookie.Types.SameSite.Strict => SameSiteMode.Strict,
            RpcHttpCookie.Types.SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    };
}
