using System.Security.Cryptography;
using System.Text;
using Serverless.FunctionsHost.Apps;

namespace Serverless.FunctionsHost.Requests;

/// <summary>The keys of an app. Checks that a request carries the key that a function requires.</summary>
/// <param name="master">The master key; null for a random one.</param>
/// <param name="host">The key that is valid for every function; null for a random one.</param>
internal sealed class FunctionKeys(string? master = null, string? host = null)
{
    private const string Header = "x-functions-key";
    private const string Query = "code";

    private readonly Dictionary<string, string> _functions = new(StringComparer.OrdinalIgnoreCase);

    public string Master { get; } = master ?? NewKey();

    /// <summary>A key of the app, valid for every function.</summary>
    public string Host { get; } = host ?? NewKey();

    /// <summary>Returns the key of a function.</summary>
    public string Of(string function)
    {
        lock (_functions)
        {
            return _functions.TryGetValue(function, out var key) ? key : _functions[function] = NewKey();
        }
    }

    public bool Allow(HttpRequest request, FunctionDefinition function) => function.Http!.AuthLevel switch
    {
        AuthLevel.Anonymous => true,
        AuthLevel.Function => Given(request) is { } key && (Same(key, Of(function.Name)) || Same(key, Host) || Same(key, Master)),
        _ => AllowAdmin(request),
    };

    /// <summary>Checks that a request carries the master key.</summary>
    public bool AllowAdmin(HttpRequest request) => Given(request) is { } key && Same(key, Master);

    private static string? Given(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var header) ? header[0]
        : request.Query.TryGetValue(Query, out var query) ? query[0]
        : null;

    private static bool Same(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
