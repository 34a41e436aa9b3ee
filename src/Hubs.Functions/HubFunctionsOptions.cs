using System.Diagnostics.CodeAnalysis;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Hubs.Functions;

/// <summary>Represents options for the functions of a hub.</summary>
/// <remarks>
/// Routes come after the route prefix in <c>host.json</c>, which is <c>api</c> by default. The parameter <c>{hub}</c> in a route stands for the
/// hub's name in lower case.
/// </remarks>
public sealed class HubFunctionsOptions
{
    /// <summary>Gets or sets the route that receives the gateway's upstream requests.</summary>
    /// <value>
    /// Default <c>upstream/{hub}/{category}/{event}</c>; null for no upstream function, such as where the app has a function of its own that
    /// passes requests to <see cref="UpstreamDispatcher"/>.
    /// </value>
    [StringSyntax("Route")]
    public string? UpstreamRoute { get; set; } = "upstream/{hub}/{category}/{event}";

    /// <summary>
    /// Gets or sets a value that indicates whether each hub method has a function with a literal route, beside the general route, so that the
    /// host's metrics and logs name the method.
    /// </summary>
    /// <value>Default true. A route without <c>{category}</c> and <c>{event}</c> has no functions for methods.</value>
    public bool FunctionPerMethod { get; set; } = true;

    /// <summary>Gets or sets the key that upstream requests need.</summary>
    /// <value>
    /// Default <see cref="AuthorizationLevel.Anonymous"/>, because the gateway signs its requests. With
    /// <see cref="AuthorizationLevel.Function"/> the gateway's upstream template ends in <c>?code=</c> and a key of the function app.
    /// </value>
    public AuthorizationLevel UpstreamAuthLevel { get; set; } = AuthorizationLevel.Anonymous;

    /// <summary>Gets or sets the route of the negotiate endpoint. It ends in <c>/negotiate</c>, which clients append to a hub's address.</summary>
    /// <value>Default <c>{hub}/negotiate</c>; null for no negotiate function.</value>
    [StringSyntax("Route")]
    public string? NegotiateRoute { get; set; } = "{hub}/negotiate";

    /// <summary>Gets or sets the key that negotiate requests need.</summary>
    /// <value>Default <see cref="AuthorizationLevel.Anonymous"/>: the app's authentication decides.</value>
    public AuthorizationLevel NegotiateAuthLevel { get; set; } = AuthorizationLevel.Anonymous;
}
