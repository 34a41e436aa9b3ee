using Microsoft.Extensions.Options;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>The origins whose browser pages may connect (<c>Gateway:Clients:AllowedOrigins</c>).</summary>
internal sealed class AllowedOrigins(IOptions<ClientOptions> options)
{
    private readonly string[] _origins = [.. options.Value.AllowedOrigins];

    /// <summary>Returns true if a page of this origin may connect. A request without an origin does not come from a browser, and is allowed.</summary>
    public bool IsAllowed(string? origin) =>
        string.IsNullOrEmpty(origin)
        || (RepeatedHeaders.CanRepeat(origin) && (_origins.Length == 0 || _origins.Contains("*") || _origins.Contains(origin)));
}
