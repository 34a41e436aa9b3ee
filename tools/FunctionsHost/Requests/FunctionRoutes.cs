using Microsoft.AspNetCore.Routing.Constraints;
using Serverless.FunctionsHost.Apps;

namespace Serverless.FunctionsHost.Requests;

/// <summary>The HTTP function that handles a request, with the values of its route's parameters.</summary>
internal sealed record FunctionMatch(FunctionDefinition Function, RouteValueDictionary Values);

/// <summary>Finds the function of a request. Uses the classes of the host's own router, so that templates have the same meaning.</summary>
internal sealed class FunctionRoutes
{
    private readonly RouteCollection _routes = new();

    /// <param name="functions">All functions, in the order of their names.</param>
    /// <param name="prefix">The part of the path before every route.</param>
    /// <param name="constraints">Creates the constraints that templates name.</param>
    /// <param name="errors">Receives the errors of functions whose template is invalid, by function.</param>
    public FunctionRoutes(
        IEnumerable<FunctionDefinition> functions, string prefix, IInlineConstraintResolver constraints, IDictionary<string, string> errors)
    {
        var routes = new List<Route>();
        foreach (var function in functions.Where(function => function.Http is not null))
        {
            try
            {
                routes.Add(Create(function, prefix, constraints));
            }
            catch (RouteCreationException e)
            {
                errors[function.Name] = e.InnerException?.Message ?? e.Message;
            }
        }

        foreach (var route in routes.Order(RoutePrecedence.Instance)) // a stable sort
        {
            _routes.Add(route);
        }
    }

    /// <summary>Returns the function whose route and methods match; null if there is none.</summary>
    public async Task<FunctionMatch?> MatchAsync(HttpContext context)
    {
        var route = new RouteContext(context);
        await _routes.RouteAsync(route);
        return route.Handler is null
            ? null
            : new FunctionMatch((FunctionDefinition)route.RouteData.DataTokens[nameof(FunctionDefinition)]!, route.RouteData.Values);
    }

    private static Route Create(FunctionDefinition function, string prefix, IInlineConstraintResolver constraints)
    {
        var methods = new Dictionary<string, object>();
        if (function.Http!.Methods is { } allowed)
        {
            methods["httpMethod"] = new HttpMethodRouteConstraint([.. allowed]);
        }

        return new Route(
            new RouteHandler(static _ => Task.CompletedTask),
            function.Name,
            prefix.Length == 0 ? function.Http.Route : $"{prefix}/{function.Http.Route}",
            defaults: null,
            methods,
            new RouteValueDictionary { [nameof(FunctionDefinition)] = function },
            constraints);
    }
}
