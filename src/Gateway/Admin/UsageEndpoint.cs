using Serverless.Gateway.Management;

namespace Serverless.Gateway.Admin;

/// <summary>Reports the usage of hubs per hour or day, for all nodes together or for each: <c>GET /admin/usage</c>.</summary>
internal sealed class UsageEndpoint(UsageReader usage, TimeProvider time)
{
    public async ValueTask<RestError?> HandleAsync(HttpContext context)
    {
        var (query, error) = UsageQuery.Read(context.Request, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        if (query is null)
        {
            return error;
        }

        var report = new UsageReport(query, await usage.ReadAsync(query.First, query.Last, context.RequestAborted));
        var body = query.AsCsv ? report.ToCsv() : report.ToJson();
        context.Response.ContentType = query.AsCsv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }
}
