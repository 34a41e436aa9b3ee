using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Access;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Management;
using Serverless.Gateway.Tests.Wire.Support;
using ManagementRoute = Serverless.Gateway.Management.Route;

namespace Serverless.Gateway.Tests.Paths;

/// <summary>
/// The gateway's rooms in this process, on a Kestrel of their own, composed as in Program.cs. It records the operation that each request
/// executed: REST operations record themselves instead of running; other endpoints are recorded by their response.
/// </summary>
public sealed class RecordingGateway : IAsyncLifetime
{
    public const string MetricsToken = "the-token-of-a-scraper";
    private const string CaseHeader = "X-Case";

    private readonly ConcurrentDictionary<int, string?> _executed = new();
    private WebApplication? _app;

    public Uri Address { get; private set; } = null!;

    /// <summary>The mapped endpoints, as method and pattern.</summary>
    internal IReadOnlyList<(string Method, string Pattern)> Endpoints { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(
            [new("urls", "http://127.0.0.1:0"), new("Gateway:Metrics:Token", MetricsToken), new("Gateway:AccessKeys:0", AccessOptions.EmulatorKey)]);
        builder.Logging.ClearProviders();
        builder.AddGateway();
        builder.Services.Replace(ServiceDescriptor.Singleton<IReadOnlyList<ManagementRoute>>([.. Routes.All.Select(Recording)]));

        _app = builder.Build();
        _app.Use(async (context, next) =>
        {
            await next(context);
            Record(context);
        });
        _app.MapGateway();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single());
        Endpoints =
        [
            .. from endpoint in _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
               select (method, endpoint.RoutePattern.RawText!),
        ];
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    /// <summary>
    /// Sends the requests, many on one connection, and returns the operation that each executed: null for none, the empty string for a request
    /// that Kestrel refused before it reached the gateway.
    /// </summary>
    internal async Task<string?[]> ExecutedAsync(IReadOnlyList<PathCase> cases)
    {
        _executed.Clear();
        var numbered = cases.Select((one, number) => (Text: one.Request($"{CaseHeader}: {number}"), one.EndsConnection)).ToArray();
        var chunks = numbered.Where(one => !one.EndsConnection).Chunk(250).Concat(numbered.Where(one => one.EndsConnection).Chunk(1));
        await Parallel.ForEachAsync(chunks, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (chunk, _) =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Address.Host, Address.Port, Waits.Limited());
            await using var stream = new NetworkStream(socket);
            var text = new StringBuilder();
            foreach (var (request, _) in chunk)
            {
                text.Append(request);
            }

            // A last request, after which the gateway closes the connection.
            text.Append("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            await Task.WhenAll(
                Quietly(stream.WriteAsync(Encoding.Latin1.GetBytes(text.ToString()), Waits.Limited()).AsTask()),
                Quietly(stream.CopyToAsync(Stream.Null, Waits.Limited())));
        });
        return [.. Enumerable.Range(0, cases.Count).Select(number => _executed.TryGetValue(number, out var executed) ? executed : "")];
    }

    private static async Task Quietly(Task transfer)
    {
        try
        {
            await transfer;
        }
        catch (IOException)
        {
            // Kestrel has closed the connection after one of the requests; the missing records show which.
        }
    }

    private ManagementRoute Recording(ManagementRoute route) => new(
        route.Method,
        route.Pattern["/api/".Length..],
        (_, call) =>
        {
            call.Context.Items[typeof(RecordingGateway)] = Resource(route, call);
            return ValueTask.FromResult<RestResult>(StatusCodes.Status200OK);
        },
        route.Versions);

    // Returns the path of exactly the resource that the operation was called for, and the application if it is part of the hub's name.
    private static string Resource(ManagementRoute route, RestCall call)
    {
        var version = route.Versions == VersionSet.Preview ? "v1-preview/" : call.IsVersion1 ? "v1/" : "";
        var path = route.Pattern
            .Replace("/api/", $"/api/{version}", StringComparison.Ordinal)
            .Replace("{hub}", call.HubText, StringComparison.Ordinal)
            .Replace("{connection}", Uri.EscapeDataString(call.ConnectionId), StringComparison.Ordinal)
            .Replace("{group}", Uri.EscapeDataString(call.Group ?? ""), StringComparison.Ordinal)
            .Replace("{user}", Uri.EscapeDataString(call.User ?? ""), StringComparison.Ordinal)
            .Replace("{stream}", call.StreamId, StringComparison.Ordinal)
            .Replace("{users}", string.Join(',', call.Names.Select(Uri.EscapeDataString)), StringComparison.Ordinal)
            .Replace("{groups}", string.Join(',', call.Names.Select(Uri.EscapeDataString)), StringComparison.Ordinal);
        return string.Equals(call.Hub.Value, call.HubText, StringComparison.OrdinalIgnoreCase) ? path : $"{path} of {call.Hub.Value}";
    }

    private void Record(HttpContext context)
    {
        if (int.TryParse(context.Request.Headers[CaseHeader], out var number))
        {
            _executed[number] = context.Items[typeof(RecordingGateway)] as string ?? Executed(context);
        }
    }

    // An endpoint has run unless it answered that the caller is not allowed, or that it does not accept the request.
    private static string? Executed(HttpContext context)
    {
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } pattern }
            || pattern.Contains("**", StringComparison.Ordinal)
            || context.Response.StatusCode is 400 or 401 or 403 or 405)
        {
            return null;
        }

        // The route values come from routing, independently of the path that the checks read.
        foreach (var (name, value) in context.Request.RouteValues)
        {
            pattern = pattern.Replace($"{{{name}}}", Uri.EscapeDataString(Uri.UnescapeDataString((string)value!)), StringComparison.Ordinal);
        }

        return pattern.StartsWith("/client", StringComparison.Ordinal) ? $"{pattern} for {context.Request.Query["hub"]}" : pattern;
    }
}
