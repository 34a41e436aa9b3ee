
namespace Serverless.Gateway.Backplane.Signing;

/// <summary>
/// Counts messages over Redis, and values kept there, that no node of this deployment has signed, and logs them once a minute at most, since
/// any program that shares the Redis can send them.
/// </summary>
internal sealed partial class RefusedMessages(TimeProvider time, ILogger<RefusedMessages> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Under _gate.
    private long _untold;
    private long? _toldAt;

    /// <summary>Counts a refused message.</summary>
    public void Note(SignatureCheck why)
    {
        var (reason, advice) = Explain(why);
        BackplaneMetrics.Refused(reason);
        long untold;
        lock (_gate)
        {
            _untold++;
            if (_toldAt is { } at && time.GetElapsedTime(at) < Pause)
            {
                return;
            }

            _toldAt = time.GetTimestamp();
            (untold, _untold) = (_untold, 0);
        }

        Log.Refused(logger, untold, reason, advice);
    }

    private static (string Reason, string Advice) Explain(SignatureCheck why) => why switch
    {
        SignatureCheck.Unsigned => ("unsigned", "While nodes of a version that does not sign are running, set Gateway:Nodes:AcceptUnsigned=true."),
        SignatureCheck.Stale => ("stale", "Check that the clocks of the nodes agree."),
        _ => ("forged", "Check that all nodes have the same Gateway:AccessKeys, and that no other program writes to their channels and keys."),
    };

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 27,
            LogLevel.Warning,
            "Messages over Redis were refused: {Messages} since the last such event; the latest one is {Reason}. {Advice}",
            EventName = "BackplaneMessageRefused")]
        public static partial void Refused(ILogger logger, long messages, string reason, string advice);
    }
}
