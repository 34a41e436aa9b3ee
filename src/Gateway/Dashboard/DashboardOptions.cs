using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Dashboard;

/// <summary>Whether the gateway has a dashboard: section <c>Gateway:Dashboard</c>.</summary>
internal sealed class DashboardOptions
{
    /// <value>
    /// Whether <c>/dashboard</c> is there; see <see href="dashboard.md">dashboard.md</see>. What it shows needs a token in any case.
    /// </value>
    [Setting]
    public bool Enabled { get; set; } = true;
}
