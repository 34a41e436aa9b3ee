using System.Threading.Channels;
using Grpc.Core;
using Serverless.FunctionsHost.Workers.Messages;
using Content = Serverless.FunctionsHost.Workers.Messages.StreamingMessage.ContentOneofCase;

namespace Serverless.FunctionsHost.Workers;

/// <summary>The messages of one worker: questions and answers, invocations, logs.</summary>
/// <param name="log">Receives the worker's log entries.</param>
/// <param name="closing">Called when the stream has ended, before what is awaited fails.</param>
internal sealed class WorkerChannel(Action<RpcLog> log, Action closing)
{
    private readonly Channel<StreamingMessage> _outbound = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<StreamingMessage>> _questions = []; // by request id; under _lock
    private readonly Dictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = []; // by invocation id; under _lock
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed; // under _lock

    /// <summary>Gets a task that completes when the worker has opened its stream.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Gets a task that completes when the stream has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Reads and writes the stream until it ends.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> reader, IServerStreamWriter<StreamingMessage> writer, CancellationToken cancellationToken)
    {
        _connected.TrySetResult();
        var writing = WriteAsync(writer);
        try
        {
            while (await reader.MoveNext(cancellationToken))
            {
                Take(reader.Current);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The worker has ended, or has sent a message beyond the limit.
        }
        finally
        {
            Close();
            await writing;
        }
    }

    /// <summary>Sends a message without an answer.</summary>
    public void Send(StreamingMessage message) => _outbound.Writer.TryWrite(message);

    /// <summary>Sends a message and waits for the answer with the same request id.</summary>
    /// <exception cref="InvocationException">The stream has ended.</exception>
    /// <exception cref="TimeoutException">The worker has not answered within the limit.</exception>
    public async Task<StreamingMessage> AskAsync(StreamingMessage question, TimeSpan limit)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answer = Await(_questions, question.RequestId, question);
        try
        {
            return await answer.WaitAsync(limit);
        }
        finally
        {
            lock (_lock)
            {
                _questions.Remove(question.RequestId);
            }
        }
    }

    /// <summary>Runs an invocation. When the caller cancels, the worker is asked to end it, and its answer is still awaited.</summary>
    /// <exception cref="InvocationException">The stream has ended.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken caller)
    {
        var id = request.InvocationId;
        var answer = Await(_invocations, id, new StreamingMessage { RequestId = id, InvocationRequest = request });
        try
        {
            await using var cancellation = caller.Register(
                () => Send(new StreamingMessage { RequestId = id, InvocationCancel = new InvocationCancel { InvocationId = id } }));
            return await answer;
        }
        finally
        {
            lock (_lock)
            {
                _invocations.Remove(id);
            }
        }
    }

    /// <summary>Ends the channel: what is awaited fails, and nothing more is sent.</summary>
    public void Close()
    {
        List<TaskCompletionSource<StreamingMessage>> questions;
        List<TaskCompletionSource<InvocationResponse>> invocations;
        lock (_lock)
        {
            _isClosed = true;
            questions = [.. _questions.Values];
            invocations = [.. _invocations.Values];
        }

        closing();
        _outbound.Writer.TryComplete();
        foreach (var question in questions)
        {
            question.TrySetException(Lost());
        }

        foreach (var invocation in invocations)
        {
            invocation.TrySetException(Lost());
        }

        _ended.TrySetResult();
    }

    private Task<T> Await<T>(Dictionary<string, TaskCompletionSource<T>> awaited, string id, StreamingMessage message)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isClosed)
            {
                throw Lost();
            }

            awaited[id] = answer;
        }

        Send(message);
        return answer.Task;
    }

    private static InvocationException Lost() => new("The worker has ended.");

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> writer)
    {
        try
        {
            await foreach (var message in _outbound.Reader.ReadAllAsync())
            {
                await writer.WriteAsync(message);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException or InvalidOperationException)
        {
            Close(); // The stream has ended, or a message is beyond the limit.
        }
    }

    private void Take(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case Content.RpcLog:
                log(message.RpcLog);
                break;
            case Content.InvocationResponse:
                Find(_invocations, message.InvocationResponse.InvocationId)?.TrySetResult(message.InvocationResponse);
                break;
            default:
                Find(_questions, message.RequestId)?.TrySetResult(message);
                break;
        }
    }

    private TaskCompletionSource<T>? Find<T>(Dictionary<string, TaskCompletionSource<T>> awaited, string id)
    {
        lock (_lock)
        {
            return awaited.GetValueOrDefault(id);
        }
    }
}
