namespace Serverless.Gateway.Hosting;

/// <summary>
/// Moves a request to the thread pool, with its connection, once in a number of requests. Sockets complete on the threads that poll them,
/// so a client that pipelines requests without end could otherwise occupy such a thread.
/// </summary>
internal static class InlineBudget
{
    private const int RequestsPerTurn = 16;

    [ThreadStatic]
    private static int _handledHere;

    public static void UseInlineBudget(this IApplicationBuilder app) => app.Use(static next => context =>
        ++_handledHere % RequestsPerTurn == 0 ? MoveAsync(context, next) : next(context));

    private static async Task MoveAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context);
    }
}
