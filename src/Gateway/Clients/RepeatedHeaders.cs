using System.Buffers;
using Microsoft.Extensions.Primitives;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Clients;

/// <summary>
/// Request headers that the response to a browser repeats. Kestrel takes any UTF-8 in a request's header, and throws when a response is
/// given what is not printable ASCII; such a request is refused before that.
/// </summary>
internal static class RepeatedHeaders
{
    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(static code => (char)code)]);

    /// <summary>Whether a response may have the value in a header.</summary>
    public static bool CanRepeat(string? value) => !value.AsSpan().ContainsAnyExcept(Printable);

    /// <summary>Answers browsers of other origins, as the endpoints' policies say, and refuses what could not be answered.</summary>
    public static void UseClientCors(this WebApplication app)
    {
        app.Use(static (context, next) => FindUnrepeatable(context.Request.Headers) is { } name
            && RequestTarget.Of(context).IsUnder("client")
            ? ClientResponses.RefuseAsync(
                context, new Refusal(StatusCodes.Status400BadRequest, $"The request's header {name} has characters other than printable ASCII."))
            : next(context));
        app.UseCors();
    }

    private static string? FindUnrepeatable(IHeaderDictionary headers) =>
        !CanRepeat(headers.Origin) ? "Origin"
        : !CanRepeat(headers.AccessControlRequestMethod) ? "Access-Control-Request-Method"
        : !CanRepeat(headers.AccessControlRequestHeaders) ? "Access-Control-Request-Headers"
        : null;

    private static bool CanRepeat(StringValues values)
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
