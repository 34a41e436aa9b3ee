using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Represents a client's answer to a server's call: a value in the client's protocol, or an error.</summary>
internal sealed record ClientAnswer(HubProtocol Protocol, string? Error, bool HasValue, byte[] Value);

/// <summary>Holds the calls that one client has yet to answer, by invocation id.</summary>
internal sealed class ClientCalls
{
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, TaskCompletionSource<ClientAnswer?>> _waiting = new(StringComparer.Ordinal);
    private bool _ended;

    /// <summary>Gets a value that indicates whether no call waits.</summary>
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

    /// <summary>Adds a call and returns a task for its answer, which completes with null when the connection ends.</summary>
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

    /// <summary>Removes a call that is no longer awaited. A late answer is ignored.</summary>
    public void Forget(string invocationId)
    {
        lock (_gate)
        {
            _waiting.Remove(invocationId);
        }
    }

    /// <summary>
    /// Completes a call with the client's completion. One for an unknown call is ignored (docs/contract/hub-protocol.md#invocation).
    /// </summary>
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

    /// <summary>Ends all calls without an answer, because the connection has ended.</summary>
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
