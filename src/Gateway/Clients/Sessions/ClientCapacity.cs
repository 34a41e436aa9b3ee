using System.Diagnostics.Metrics;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// Decides whether this node accepts one more client. Viewers of the dashboard are always accepted: an operator needs it most when the
/// node is full.
/// </summary>
internal sealed class ClientCapacity
{
    private readonly ConnectionTable _table;
    private readonly QueuedBytes _queued;
    private readonly Counter<long> _refused;

    public ClientCapacity(ConnectionTable table, NodeBudget budget, QueuedBytes queued)
    {
        _table = table;
        _queued = queued;
        MaxClients = budget.Clients;
        _refused = GatewayMeter.Instance.CreateCounter<long>(
            GatewayMeter.ClientsRefused, "{request}", "Requests of new clients that were refused because the node is full");
        GatewayMeter.Instance.CreateObservableGauge(GatewayMeter.ClientsLimit, () => MaxClients, "{connection}", "Clients that the node takes");
    }

    /// <summary>The service's text (docs/contract/limits-and-metering.md#throttling-and-closing), for a full node as for a quota.</summary>
    public const string Text = Quotas.ConnectionsReached;

    /// <summary>The number of clients that may be connected.</summary>
    public int MaxClients { get; }

    /// <summary>The reason for which new clients are refused now; null while they are accepted.</summary>
    public string? FullBecause =>
        _table.Count >= MaxClients ? $"{_table.Count} of {MaxClients} clients are connected"
        : _queued.IsFull ? $"{_queued.Held} of {_queued.MaxBytes} bytes are queued"
        : null;

    /// <summary>Returns true if the node has no room for a new client of this kind.</summary>
    /// <param name="kind">The kind of client.</param>
    /// <param name="counts">True to count the refusal.</param>
    public bool Refuses(ConnectionKind kind, bool counts)
    {
        if (kind == ConnectionKind.LiveTrace || (_table.Count < MaxClients && !_queued.IsFull))
        {
            return false;
        }

        if (counts)
        {
            _refused.Add(1, GatewayMeter.Tag("reason", _queued.IsFull ? "memory" : "clients"));
        }

        return true;
    }

    /// <summary>Returns true if an accepted client, which is in the table, must leave again because others arrived at the same moment.</summary>
    public bool IsExceeded(ConnectionKind kind) => kind != ConnectionKind.LiveTrace && _table.Count > MaxClients;
}
