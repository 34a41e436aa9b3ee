using Microsoft.Azure.Functions.Worker;

namespace Serverless.FunctionsHost.Worker;

/// <summary>Functions with other triggers, which record their input.</summary>
public sealed class OtherFunctions(IServiceProvider services)
{
    private readonly Journal _journal = (Journal)services.GetService(typeof(Journal))!;

    /// <summary>Runs in the year's first second, so only by hand.</summary>
    [Function("yearly")]
    public void Yearly([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _journal.Write("yearly", $"{timer.IsPastDue} {timer.ScheduleStatus?.Next:yyyy-MM-dd}");

    [Function("secondly")]
    public void Secondly([TimerTrigger("%SECONDLY%")] TimerInfo timer) => _journal.Write("secondly", timer.IsPastDue.ToString());

    [Function("queue")]
    public void Queue([QueueTrigger("messages", Connection = "Queues")] string message, string? id)
    {
        if (message == "poison")
        {
            throw new InvalidOperationException("The message cannot be handled.");
        }

        _journal.Write("queue", message);
        _journal.Write("queue-id", id ?? "");
    }
}
