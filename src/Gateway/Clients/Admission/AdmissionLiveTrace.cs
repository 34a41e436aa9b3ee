using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Reports refused clients to the live trace.</summary>
internal static class AdmissionLiveTrace
{
    public static void Refused(LiveTrace trace, HubName hub, string? userId, bool isDiagnostic, Refusal refusal)
    {
        if (!trace.IsOn)
        {
            return;
        }

        var about = new LiveTraceSubject(LiveTraceCategory.Connectivity, hub.Value, null, userId, null, 0, isDiagnostic);
        if (trace.Wants(in about))
        {
            trace.Emit(in about, new LiveTraceEvent(in about, LogLevel.Warning, "ConnectionRefused", refusal.Text)
            {
                ConnectionType = "Client",
                Status = refusal.Status,
            });
        }
    }
}
