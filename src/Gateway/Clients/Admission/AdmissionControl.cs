using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Refuses new clients while this node stops or is full, or while a quota is used up.</summary>
internal sealed class AdmissionControl(ClientCapacity capacity, Quotas quotas, IHostApplicationLifetime lifetime, LiveTrace trace)
{
    /// <summary>Returns the refusal of new requests while the node stops; else null.</summary>
    public Refusal? RefusalOfStopping() => lifetime.ApplicationStopping.IsCancellationRequested ? Refusal.Stopping : null;

    /// <summary>Returns the refusal of a new client where the node or a quota has no room for it; else null.</summary>
    /// <param name="client">The client.</param>
    /// <param name="reports">False if the request is checked again after a refusal, which is counted and traced then.</param>
    public Refusal? Refuse(AuthenticatedClient client, bool reports = true)
    {
        var refusal = capacity.Refuses(client.Kind, reports) ? Refusal.Full
            : quotas.Refusal(client.Hub, client.Kind) is { } reason ? new Refusal(StatusCodes.Status429TooManyRequests, reason)
            : (Refusal?)null;
        if (reports && refusal is { } refused)
        {
            AdmissionLiveTrace.Refused(trace, client.Hub, client.Identity.UserId, client.Kind == ConnectionKind.Diagnostic, refused);
        }

        return refusal;
    }
}
