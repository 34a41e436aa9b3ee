using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Serverless.FunctionsHost.Requests;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Workers;

/// <summary>HTTP requests in the form of the worker's messages.</summary>
internal static class RpcHttpRequests
{
    /// <summary>Returns the invocation of an HTTP function, without the function's id.</summary>
    /// <param name="id">The invocation's id.</param>
    /// <param name="context">The request.</param>
    /// <param name="match">The function, with the values of its route's parameters.</param>
    /// <param name="request">The trigger's value.</param>
    public static InvocationRequest Invocation(string id, HttpContext context, FunctionMatch match, RpcHttp request)
    {
        var invocation = new InvocationRequest
        {
            InvocationId = id,
            TraceContext = new RpcTraceContext
            {
                TraceParent = context.Request.Headers.TraceParent.ToString(),
                TraceState = context.Request.Headers.TraceState.ToString(),
            },
        };
        invocation.InputData.Add(new ParameterBinding { Name = match.Function.Trigger.Name, Data = new TypedData { Http = request } });

        // Parameters of a function can be bound to these by name; route values take precedence over those of the query.
        var metadata = invocation.TriggerMetadata;
        metadata["Headers"] = Json(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
        metadata["Query"] = Json(context.Request.Query.ToDictionary(value => value.Key, value => value.Value.ToString()));
        foreach (var (name, value) in context.Request.Query.Where(value => !value.Key.Equals("code", StringComparison.OrdinalIgnoreCase)))
        {
            metadata[name] = new TypedData { String = value.ToString() };
        }

        foreach (var (name, value) in Parameters(match))
        {
            metadata[name] = new TypedData { String = value };
        }

        return invocation;
    }

    /// <summary>Returns the values of the route's parameters alone, which is all that a worker with an HTTP port of its own may ask for.</summary>
    public static RpcHttp ParametersOf(FunctionMatch match, bool isNullable)
    {
        var http = new RpcHttp();
        AddParameters(http, match, isNullable);
        return http;
    }

    /// <summary>Returns a request with its body.</summary>
    /// <param name="request">The request. A body without <c>Content-Length</c> is not read.</param>
    /// <param name="match">The function, with the values of its route's parameters.</param>
    /// <param name="isNullable">True to use the maps whose values can be null.</param>
    public static async Task<RpcHttp> ReadAsync(HttpRequest request, FunctionMatch match, bool isNullable)
    {
        var http = new RpcHttp
        {
            Method = request.Method,
            Url = $"{request.Scheme}://{request.Host}{request.Path}{request.QueryString}",
        };
        foreach (var (name, value) in request.Query)
        {
            Add(isNullable, http.NullableQuery, http.Query, name, value.ToString());
        }

        foreach (var (name, value) in request.Headers)
        {
            Add(isNullable, http.NullableHeaders, http.Headers, name.ToLowerInvariant(), value.ToString());
        }

        AddParameters(http, match, isNullable);
        if (request.ContentLength > 0)
        {
            http.Body = new TypedData { Bytes = await ByteString.FromStreamAsync(request.Body, request.HttpContext.RequestAborted) };
        }

        return http;
    }

    private static void AddParameters(RpcHttp http, FunctionMatch match, bool isNullable)
    {
        foreach (var (name, value) in Parameters(match))
        {
            Add(isNullable, http.NullableParams, http.Params, name, value);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Parameters(FunctionMatch match) =>
        match.Values.Where(value => value.Value is not null).Select(value => KeyValuePair.Create(value.Key, value.Value!.ToString()!));

    private static void Add(bool isNullable, MapField<string, NullableString> nullable, MapField<string, string> plain, string name, string value)
    {
        if (isNullable)
        {
            nullable[name] = new NullableString { Value = value };
        }
        else if (value.Length > 0)
        {
            plain[name] = value;
        }
    }

    private static TypedData Json(Dictionary<string, string> values) => new() { Json = JsonSerializer.Serialize(values) };
}
