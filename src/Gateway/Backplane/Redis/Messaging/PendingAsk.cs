namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Represents a question that waits for answers. Their number is known only when Redis has answered how many nodes got it. Safe for many
/// threads.
/// </summary>
internal sealed class PendingAsk(bool oneIsEnough = false)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ReadOnlyMemory<byte>> _answers = [];
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private int _expected = int.MaxValue;

    /// <summary>Gets a task that completes when all answers have arrived.</summary>
    public Task Complete => _complete.Task;

    public IReadOnlyList<ReadOnlyMemory<byte>> Answers
    {
        get
        {
            lock (_gate)
            {
                return [.. _answers];
            }
        }
    }

    public void Expect(int answers)
    {
        lock (_gate)
        {
            _expected = answers;
            CompleteIfDone();
        }
    }

    /// <summary>Adds a node's answer. A second answer, which another user of the same Redis could replay, is ignored.</summary>
    public void Add(string node, ReadOnlyMemory<byte> answer)
    {
        lock (_gate)
        {
            if (!_answered.Add(node))
            {
                return;
            }

            _answers.Add(answer);
            if (oneIsEnough && !answer.IsEmpty)
            {
                _complete.TrySetResult();
            }

            CompleteIfDone();
        }
    }

    private void CompleteIfDone()
    {
        if (_answers.Count >= _expected)
        {
            _complete.TrySetResult();
        }
    }
}
