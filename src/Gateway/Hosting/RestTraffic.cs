using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Hosting;

/// <summary>Tracks the last REST call: a draining node serves calls until the load balancer sends no more.</summary>
internal sealed class RestTraffic(IHostApplicationLifetime lifetime)
{
    private const int QuietMilliseconds = 1000;

    private long _lastAt = Environment.TickCount64 - QuietMilliseconds;

    /// <summary>True when no call has arrived for a second.</summary>
    public bool IsQuiet => Environment.TickCount64 - Volatile.Read(ref _lastAt) >= QuietMilliseconds;

    /// <summary>Records the arrival of a request.</summary>
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
            // Makes the caller open its next connection to another node.
            context.Response.Headers.Connection = "close";
        }
    }
}

/// <summary>Runs <see cref="RestTraffic"/> before the endpoints.</summary>
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
