namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>A question on its way: how many answers are to come is known only when Redis has told how many got it.</summary>
internal sealed class PendingAsk(bool oneIsEnough = false)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ReadOnlyMemory<byte>> _answers = [];
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private int _expected = int.MaxValue;

    /// <summary>Ends when all answers are there.</summary>
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

    /// <summary>Adds a node's answer; a second one, recorded and repeated by another user of the same Redis, counts for nothing.</summary>
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
