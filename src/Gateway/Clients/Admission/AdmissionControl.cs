using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Refuses new clients while this node stops or is full, or while a quota is used up.</summary>
internal sealed class AdmissionControl(ClientCapacity capacity, Quotas quotas, IHostApplicationLifetime lifetime, LiveTrace trace)
{
    /// <summary>Returns the refusal of new requests while the node stops; else null.</summary>
    public Refusal? RefusalOfStopping() => lifetime.ApplicationStopping.IsCancellationRequested ? Refusal.Stopping : null;

    /// <summary>Returns the refusal of a new client where the node or a quota has no room for it, and traces it; else null.</summary>
    public Refusal? Refuse(AuthenticatedClient client)
    {
        var refusal = capacity.Refuses(client.Kind) ? Refusal.Full
            : quotas.Refusal(client.Hub, client.Kind) is { } reason ? new Refusal(StatusCodes.Status429TooManyRequests, reason)
            : (Refusal?)null;
        if (refusal is { } refused)
        {
            AdmissionLiveTrace.Refused(trace, client.Hub, client.Identity.UserId, client.Kind == ConnectionKind.Diagnostic, refused);
        }

        return refusal;
    }
}
