using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Invocation;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Serverless.Hubs.Functions;

/// <summary>Chooses the executor of the hubs' functions, because the executor that the SDK generates runs only those in the app's code.</summary>
internal sealed class HubFunctionMiddleware(HubFunctionExecutor executor) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.FunctionDefinition.EntryPoint == HubEntryPoint.Name)
        {
            context.Features.Set<IFunctionExecutor>(executor);
        }

        return next(context);
    }
}
