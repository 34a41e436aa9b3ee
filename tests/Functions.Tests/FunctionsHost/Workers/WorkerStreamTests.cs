using Grpc.Core;
using Grpc.Net.Client;
using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Workers;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>Rules 24, 25, 34 and 36: the stream between host and worker, with a worker written here.</summary>
public sealed class WorkerStreamTests : IAsyncDisposable
{
    private const int Limit = 100_000;

    private readonly WorkerServer _server = new(Limit);
    private GrpcChannel? _grpc;

    public async ValueTask DisposeAsync()
    {
        _grpc?.Dispose();
        await _server.DisposeAsync();
    }

    [Fact, Rule(25)]
    public async Task An_answer_is_found_by_the_id_of_its_question()
    {
        var channel = new WorkerChannel(_ => { }, () => { });
        _server.Expect("w", channel);
        using var stream = await OpenAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = "w" } });
        await channel.Connected.WaitAsync(WorkerHost.Limit);
        var first = channel.AskAsync(new StreamingMessage { FunctionLoadRequest = new FunctionLoadRequest { FunctionId = "1" } }, WorkerHost.Limit);
        var second = channel.AskAsync(new StreamingMessage { FunctionLoadRequest = new FunctionLoadRequest { FunctionId = "2" } }, WorkerHost.Limit);
        var questions = new[] { await ReadAsync(stream), await ReadAsync(stream) };

        foreach (var question in questions.Reverse())
        {
            await stream.RequestStream.WriteAsync(new StreamingMessage
            {
                RequestId = question.RequestId,
                FunctionLoadResponse = new FunctionLoadResponse { FunctionId = question.FunctionLoadRequest.FunctionId },
            });
        }

        Assert.Equal("1", (await first).FunctionLoadResponse.FunctionId);
        Assert.Equal("2", (await second).FunctionLoadResponse.FunctionId);
    }

    [Fact, Rule(25)]
    public async Task Only_the_first_stream_of_a_worker_that_is_expected_is_accepted()
    {
        _server.Expect("w", new WorkerChannel(_ => { }, () => { }));
        using var expected = await OpenAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = "w" } });

        Assert.Equal(StatusCode.PermissionDenied, await RefusedAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = "x" } }));
        Assert.Equal(StatusCode.PermissionDenied, await RefusedAsync(new StreamingMessage { RpcLog = new RpcLog() }));
    }

    [Fact, Rule(24, 36)]
    public async Task A_message_beyond_the_limit_ends_the_stream_and_fails_what_is_awaited()
    {
        var closings = 0;
        var channel = new WorkerChannel(_ => { }, () => closings++);
        _server.Expect("w", channel);
        using var stream = await OpenAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = "w" } });
        await channel.Connected.WaitAsync(WorkerHost.Limit);
        var invocation = channel.InvokeAsync(new InvocationRequest { InvocationId = "i" }, CancellationToken.None);
        await ReadAsync(stream);

        var sending = stream.RequestStream.WriteAsync(new StreamingMessage { RequestId = new string('x', Limit + 1) });

        await Assert.ThrowsAsync<InvocationException>(() => invocation.WaitAsync(WorkerHost.Limit));
        Assert.NotEqual(0, closings);
        await Assert.ThrowsAsync<InvocationException>(
            () => channel.InvokeAsync(new InvocationRequest { InvocationId = "j" }, CancellationToken.None));
        await Task.WhenAny(sending); // the stream may end while it is sent
    }

    [Fact, Rule(34)]
    public async Task A_cancelled_invocation_still_ends_with_the_worker_s_answer()
    {
        using var caller = new CancellationTokenSource();
        var channel = new WorkerChannel(_ => { }, () => { });
        _server.Expect("w", channel);
        using var stream = await OpenAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = "w" } });
        var invocation = channel.InvokeAsync(new InvocationRequest { InvocationId = "i" }, caller.Token);
        Assert.Equal("i", (await ReadAsync(stream)).InvocationRequest.InvocationId);

        await caller.CancelAsync();

        Assert.Equal("i", (await ReadAsync(stream)).InvocationCancel.InvocationId);
        Assert.False(invocation.IsCompleted);
        await stream.RequestStream.WriteAsync(new StreamingMessage
        {
            InvocationResponse = new InvocationResponse { InvocationId = "i", Result = new StatusResult { Status = StatusResult.Types.Status.Cancelled } },
        });
        Assert.Equal(StatusResult.Types.Status.Cancelled, (await invocation.WaitAsync(WorkerHost.Limit)).Result.Status);
    }

    private static async Task<StreamingMessage> ReadAsync(AsyncDuplexStreamingCall<StreamingMessage, StreamingMessage> stream)
    {
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(WorkerHost.Limit));
        return stream.ResponseStream.Current;
    }

    private async Task<AsyncDuplexStreamingCall<StreamingMessage, StreamingMessage>> OpenAsync(StreamingMessage first)
    {
        if (_grpc is null)
        {
            await _server.StartAsync();
            _grpc = GrpcChannel.ForAddress(_server.Address);
        }

        var stream = new FunctionRpc.FunctionRpcClient(_grpc).EventStream();
        await stream.RequestStream.WriteAsync(first);
        return stream;
    }

    private async Task<StatusCode> RefusedAsync(StreamingMessage first)
    {
        using var stream = await OpenAsync(first);
        var refused = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(WorkerHost.Limit));
        return refused.StatusCode;
    }
}
