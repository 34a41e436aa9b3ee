using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Hosting;

/// <summary>When the last REST call came: a leaving node serves them until the load balancer sends none.</summary>
internal sealed class RestTraffic(IHostApplicationLifetime lifetime)
{
    private const int QuietMilliseconds = 1000;

    private long _lastAt = Environment.TickCount64 - QuietMilliseconds;

    /// <summary>None has come for a second.</summary>
    public bool IsQuiet => Environment.TickCount64 - Volatile.Read(ref _lastAt) >= QuietMilliseconds;

    /// <summary>Takes note of a request.</summary>
    public void Came(HttpContext context)
    {
        var target = RequestTarget.Of(context);
        if (!target.IsUnder("api") || target.Segments is [_, "health"])
        {
            return;
        }

        Volatile.Write(ref _lastAt, Environment.TickCount64);
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The caller's next call had better go elsewhere.
            context.Response.Headers.Connection = "close";
        }
    }
}

/// <summary>Puts <see cref="RestTraffic"/> before the endpoints.</summary>
internal static class RestTrafficMiddleware
{
    public static void UseRestTraffic(this IApplicationBuilder app)
    {
        var traffic = app.ApplicationServices.GetRequiredService<RestTraffic>();
        app.Use(next => context =>
        {
            traffic.Came(context);
            return next(context);
        });
    }
}
