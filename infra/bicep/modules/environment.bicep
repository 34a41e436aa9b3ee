// The environment in which the gateway runs, with the collector that receives its OTLP data and forwards it to Application Insights.
@description('The environment\'s name.')
param name string

@description('The region.')
param location string

@description('The environment\'s subnet; empty for a network of the platform.')
param subnetId string

@description('The workspace that keeps its logs.')
param workspaceName string

@description('The component that receives traces.')
param insightsName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource environment 'Microsoft.App/managedEnvironments@2026-07-01' = {
  name: name
  location: location
  properties: {
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: false }
    appInsightsConfiguration: { connectionString: insights.properties.ConnectionString }
    openTelemetryConfiguration: {
      tracesConfiguration: { destinations: ['appInsights'] }
      logsConfiguration: { destinations: ['appInsights'] }
    }
    // A diagnostic setting is used, which needs no key of the workspace.
    appLogsConfiguration: { destination: 'azure-monitor' }
  }
}

// The stable version does not support category groups.
#disable-next-line use-recent-api-versions
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'logs'
  properties: {
    workspaceId: workspace.id
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

@description('The environment.')
output id string = environment.id

@description('The domain that contains the host names of the apps.')
output defaultDomain string = environment.properties.defaultDomain
