using System.Text.Json;
using NCrontab;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>Runs a function by its schedule: <c>second minute hour day month weekday</c> in UTC, or an interval such as <c>00:00:30</c>.</summary>
internal sealed class TimerTrigger
{
    public const string Type = "timerTrigger";

    // The longest wait of a timer is about 49 days.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly CrontabSchedule? _schedule;
    private readonly TimeSpan _interval;
    private readonly bool _runsOnStartup;
    private readonly TimeProvider _time;

    /// <exception cref="InvalidDataException">The schedule is invalid.</exception>
    public TimerTrigger(FunctionDefinition function, IReadOnlyDictionary<string, string?> settings, TimeProvider time)
    {
        _time = time;
        _runsOnStartup = JsonFile.Flag(function.Trigger.Json, "runOnStartup");
        var schedule = function.Trigger.Setting("schedule", settings) ?? throw new InvalidDataException("The timer has no schedule.");
        if (TimeSpan.TryParse(schedule, out _interval) && _interval > TimeSpan.Zero)
        {
            return;
        }

        var fields = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        _schedule = CrontabSchedule.TryParse(schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 })
            ?? throw new InvalidDataException($"The schedule '{schedule}' is invalid.");
    }

    /// <summary>Returns the trigger's value for a run now, which the timer extension reads as <c>TimerInfo</c>.</summary>
    public TypedData Input()
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return new TypedData
        {
            Json = JsonSerializer.Serialize(new
            {
                Schedule = new { AdjustForDST = true },
                ScheduleStatus = new { Last = now, Next = Next(now), LastUpdated = now },
                IsPastDue = false,
            }),
        };
    }

    /// <summary>Runs the function at each time of the schedule, one run after another, until it is cancelled.</summary>
    public async Task RunAsync(Func<TypedData, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            if (_runsOnStartup)
            {
                await run(Input());
            }

            while (true)
            {
                await WaitAsync(Next(_time.GetUtcNow().UtcDateTime), cancellationToken);
                await run(Input());
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private DateTime Next(DateTime after) => _schedule?.GetNextOccurrence(after) ?? after + _interval;

    private async Task WaitAsync(DateTime until, CancellationToken cancellationToken)
    {
        TimeSpan rest;
        while ((rest = until - _time.GetUtcNow().UtcDateTime) > TimeSpan.Zero)
        {
            await Task.Delay(rest < LongestWait ? rest : LongestWait, _time, cancellationToken);
        }
    }
}
