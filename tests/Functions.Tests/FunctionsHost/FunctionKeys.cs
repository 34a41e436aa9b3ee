using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>The keys of an app. Checks that a request carries the key that a function requires.</summary>
internal sealed class FunctionKeys
{
    private const string Header = "x-functions-key";
    private const string Query = "code";

    public string Master { get; } = NewKey();

    /// <summary>A key of the app, valid for every function.</summary>
    public string Host { get; } = NewKey();

    private readonly Dictionary<string, string> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the key of a function.</summary>
    public string Of(string function)
    {
        lock (_functions)
        {
            return _functions.TryGetValue(function, out var key) ? key : _functions[function] = NewKey();
        }
    }

    public bool Allow(HttpRequest request, FunctionFile function)
    {
        var given = request.Headers.TryGetValue(Header, out var header) ? header[0]
            : request.Query.TryGetValue(Query, out var query) ? query[0]
            : null;
        return function.AuthLevel switch
        {
            AuthLevel.Anonymous => true,
            AuthLevel.Function => given == Of(function.Name) || given == Host || given == Master,
            _ => given == Master,
        };
    }

    private static string NewKey() => Convert.ToBase64String(Guid.NewGuid().ToByteArray());
}
