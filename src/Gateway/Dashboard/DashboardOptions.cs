using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Dashboard;

/// <summary>Options of the dashboard: section <c>Gateway:Dashboard</c>.</summary>
internal sealed class DashboardOptions
{
    /// <value>
    /// Turns <c>/dashboard</c> on or off; see <see href="dashboard.md">dashboard.md</see>. Its data needs a token in any case.
    /// </value>
    [Setting]
    public bool Enabled { get; set; } = true;
}
