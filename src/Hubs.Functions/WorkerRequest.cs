using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace Serverless.Hubs.Functions;

/// <summary>Converts between the worker's built-in HTTP types and ASP.NET Core's.</summary>
/// <remarks>
/// The identities of the built-in request are not copied: the host adds one for its own keys, which is not a user, and one from platform
/// headers that a client can set where the platform's authentication is turned off.
/// </remarks>
internal static class WorkerRequest
{
    public static HttpContext ToHttpContext(HttpRequestData data, FunctionContext context, HubFunction function)
    {
        var http = new DefaultHttpContext
        {
            RequestServices = context.InstanceServices,
            RequestAborted = context.CancellationToken,
            TraceIdentifier = context.InvocationId,
        };
        var request = http.Request;
        request.Method = data.Method;
        request.Scheme = data.Url.Scheme;
        request.Host = HostString.FromUriComponent(data.Url);
        request.Path = PathString.FromUriComponent(data.Url);
        request.QueryString = QueryString.FromUriComponent(data.Url);
        request.Body = data.Body;
        foreach (var (name, values) in data.Headers)
        {
            request.Headers[name] = values.ToArray();
        }

        foreach (var name in ParametersOf(function.Route))
        {
            if (context.BindingContext.BindingData.GetValueOrDefault(name) is string value)
            {
                request.RouteValues[name] = value;
            }
        }

        http.Response.Body = new MemoryStream();
        return http;
    }

    public static async Task<HttpResponseData> ToResponseAsync(HttpResponse response, HttpRequestData request)
    {
        await response.CompleteAsync();
        var data = request.CreateResponse((HttpStatusCode)response.StatusCode);
        foreach (var (name, values) in response.Headers)
        {
            // The host counts the body itself.
            if (!name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase))
            {
                data.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        data.Body = response.Body;
        return data;
    }

    // The binding data contains the fields of the body and the query, too, so only names in the route are read.
    private static IEnumerable<string> ParametersOf(string route) => route
        .Split('/')
        .Where(static segment => segment is ['{', .., '}'])
        .Select(static segment => segment.Trim('{', '}', '*', '?'));
}
