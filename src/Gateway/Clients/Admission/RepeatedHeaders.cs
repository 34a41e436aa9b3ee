using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>
/// Checks request headers that the response to a browser repeats. Kestrel accepts any UTF-8 in a request's header, and throws when a
/// response header is not printable ASCII; such a request is refused before that.
/// </summary>
internal static class RepeatedHeaders
{
    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(static code => (char)code)]);

    /// <summary>Returns true if a response may have the value in a header.</summary>
    public static bool CanRepeat(string? value) => !value.AsSpan().ContainsAnyExcept(Printable);

    /// <summary>Returns the name of a header that a response would have to repeat and cannot; null if there is none.</summary>
    public static string? FindUnrepeatable(IHeaderDictionary headers) =>
        !CanRepeat(headers.Origin) ? "Origin"
        : !CanRepeat(headers.AccessControlRequestMethod) ? "Access-Control-Request-Method"
        : !CanRepeat(headers.AccessControlRequestHeaders) ? "Access-Control-Request-Headers"
        : null;

    /// <summary>Returns true if a response may have all the values in headers.</summary>
    public static bool CanRepeat(StringValues values)
    {
        foreach (var value in values)
        {
            if (!CanRepeat(value))
            {
                return false;
            }
        }

        return true;
    }
}
