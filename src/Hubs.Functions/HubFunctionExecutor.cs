using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Invocation;
using Microsoft.Extensions.Options;
using Serverless.Hubs.AspNetCore;

namespace Serverless.Hubs.Functions;

/// <summary>Runs the functions of the hubs, in both HTTP modes of the worker.</summary>
internal sealed class HubFunctionExecutor(
    HubFunctionTable table, UpstreamDispatcher dispatcher, NegotiateFunction negotiate, IOptions<ServerlessHubsOptions> options) : IFunctionExecutor
{
    // The key in FunctionContext.Items under which the ASP.NET Core integration keeps the request.
    private const string HttpContextKey = "HttpRequestContext";

    public async ValueTask ExecuteAsync(FunctionContext context)
    {
        var function = table.Find(context.FunctionDefinition.Name) ?? throw new InvalidOperationException(
            $"The app has no function '{context.FunctionDefinition.Name}'. Its hubs have changed since the host was given its functions.");
        if (context.Items.TryGetValue(HttpContextKey, out var item) && item is HttpContext http)
        {
            await RunAsync(function, http, context.CancellationToken);
        }
        else
        {
            await RunBufferedAsync(function, context);
        }
    }

    // Either the proxied request is aborted or the host cancels the invocation.
    private async Task RunAsync(HubFunction function, HttpContext http, CancellationToken cancelled)
    {
        var aborted = http.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, cancelled);
        http.RequestAborted = either.Token;
        try
        {
            await AnswerAsync(function, http);
        }
        finally
        {
            http.RequestAborted = aborted;
        }
    }

    private async Task RunBufferedAsync(HubFunction function, FunctionContext context)
    {
        var request = await context.GetHttpRequestDataAsync()
            ?? throw new InvalidOperationException($"The function '{function.Name}' was started without an HTTP request.");
        var http = WorkerRequest.ToHttpContext(request, context, function);
        await AnswerAsync(function, http);
        context.GetInvocationResult().Value = await WorkerRequest.ToResponseAsync(http.Response, request);
    }

    private Task AnswerAsync(HubFunction function, HttpContext http)
    {
        foreach (var (name, value) in function.RouteValues)
        {
            http.Request.RouteValues[name] = value;
        }

        return function.Negotiates is { } hub
            ? negotiate.HandleAsync(http, hub)
            : HubUpstreamEndpoint.HandleAsync(http, dispatcher, options.Value.MaxBodyBytes);
    }
}
