using System.Collections.Frozen;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Ways;

namespace Serverless.Gateway.Dispatch.InProcess;

/// <summary>Finds and runs the methods of the gateway's own hub.</summary>
internal sealed partial class GatewayMethods(IEnumerable<IGatewayMethod> methods, ILogger<GatewayMethods> logger)
{
    private readonly FrozenDictionary<string, IGatewayMethod> _methods =
        methods.ToFrozenDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Opens the way of a viewer's calls.</summary>
    public IHubWay Open(ClientConnection connection) => new InProcessWay(connection, this);

    /// <summary>Runs one call to its end. Throws nothing.</summary>
    public async Task RunAsync(GatewayCall call)
    {
        // The reader's thread serves other sockets, too.
        await Task.Yield();
        string? error = null;
        try
        {
            if (_methods.TryGetValue(call.Method, out var method))
            {
                await method.RunAsync(call, call.Cancelled);
            }
            else
            {
                error = $"The gateway has no method '{call.Method}'. It has: {string.Join(", ", _methods.Values.Select(one => one.Name).Order(StringComparer.Ordinal))}.";
            }
        }
        catch (GatewayCallException exception)
        {
            error = exception.Message;
        }
        catch (OperationCanceledException) when (call.Cancelled.IsCancellationRequested)
        {
            // The viewer has cancelled the call.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.MethodFailed(logger, exception);
            error = "The gateway failed. Its log has the cause.";
        }

        call.Complete(error);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Dispatch + 5, LogLevel.Error, "A viewer's call failed in the gateway itself.", EventName = "GatewayMethodFailed")]
        public static partial void MethodFailed(ILogger logger, Exception exception);
    }
}
