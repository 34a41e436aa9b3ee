using Microsoft.Azure.Functions.Worker;

namespace Serverless.Hubs.Functions;

/// <summary>
/// The method that the metadata of the hubs' functions names. The worker loads it to learn a function's parameters;
/// <see cref="HubFunctionExecutor"/> runs instead of it.
/// </summary>
internal static class HubEntryPoint
{
    public static string Name { get; } = $"{typeof(HubEntryPoint).FullName}.{nameof(RunAsync)}";

    public static string ScriptFile { get; } = typeof(HubEntryPoint).Assembly.GetName().Name + ".dll";

    public static Task RunAsync(FunctionContext context) => throw new InvalidOperationException(
        $"The middleware of AddServerlessHubs() did not run for the function '{context.FunctionDefinition.Name}'.");
}
