using System.Text.Json;
using Serverless.Gateway.Dispatch.InProcess;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Sends the last ten minutes of all nodes together, a <see cref="History"/>, once: <c>history()</c>.</summary>
internal sealed class HistoryMethod(NodeHistory history) : IGatewayMethod
{
    public string Name => "history";

    public async ValueTask RunAsync(GatewayCall call, CancellationToken cancelled) => await call.SendAsync(
        JsonSerializer.SerializeToUtf8Bytes(await history.ReadAllAsync(cancelled), HistoryJson.Default.History));
}
