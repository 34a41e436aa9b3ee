using Grpc.Core;
using Serverless.FunctionsHost.Workers.Messages;
using Content = Serverless.FunctionsHost.Workers.Messages.StreamingMessage.ContentOneofCase;

namespace Serverless.FunctionsHost.Workers;

/// <summary>Connects a worker's stream to its channel.</summary>
internal sealed class FunctionRpcService(WorkerServer server) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (await requestStream.MoveNext(context.CancellationToken)
            && requestStream.Current is { ContentCase: Content.StartStream, StartStream.WorkerId: var worker }
            && server.Take(worker) is { } channel)
        {
            await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
        }
        else
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, "The first message must be StartStream of a worker that this host has started."));
        }
    }
}
