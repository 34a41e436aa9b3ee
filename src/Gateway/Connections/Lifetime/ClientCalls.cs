using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>What a client answered to a call of the server's: its value in its own protocol, or an error.</summary>
internal sealed record ClientAnswer(HubProtocol Protocol, string? Error, bool HasValue, byte[] Value);

/// <summary>The calls that one client has yet to answer, by invocation id.</summary>
internal sealed class ClientCalls
{
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, TaskCompletionSource<ClientAnswer?>> _waiting = new(StringComparer.Ordinal);
    private bool _ended;

    /// <summary>No call waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count == 0;
            }
        }
    }

    /// <summary>Waits for the answer to a new call. The task ends with null when the client goes.</summary>
    public Task<ClientAnswer?> Start(string invocationId)
    {
        var answer = new TaskCompletionSource<ClientAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_ended)
            {
                return Task.FromResult<ClientAnswer?>(null);
            }

            _waiting[invocationId] = answer;
        }

        return answer.Task;
    }

    /// <summary>Nobody waits for this call any more; a late answer is ignored.</summary>
    public void Forget(string invocationId)
    {
        lock (_gate)
        {
            _waiting.Remove(invocationId);
        }
    }

    /// <summary>Takes a client's completion; one that nobody waits for is ignored (docs/contract/hub-protocol.md#invocation).</summary>
    public void Complete(HubProtocol protocol, in HubMessage completion)
    {
        TaskCompletionSource<ClientAnswer?>? answer;
        lock (_gate)
        {
            if (completion.InvocationId is not { } id || !_waiting.Remove(id, out answer))
            {
                return;
            }
        }

        answer.SetResult(new ClientAnswer(protocol, completion.Error, completion.HasValue, completion.Value.ToArray()));
    }

    /// <summary>The client has gone: no answer will come.</summary>
    public void End()
    {
        TaskCompletionSource<ClientAnswer?>[] left;
        lock (_gate)
        {
            _ended = true;
            left = [.. _waiting.Values];
            _waiting.Clear();
        }

        foreach (var answer in left)
        {
            answer.SetResult(null);
        }
    }
}
