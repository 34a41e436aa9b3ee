// Five alerts. docs/operations.md explains each and its remedy.
@description('The region.')
param location string

@description('The gateway\'s app.')
param gatewayName string

@description('The gateway\'s public address.')
param gatewayUrl string

@description('Memory of a node, in bytes.')
param memoryBytesPerReplica int

@description('The Redis that connects the nodes; empty for none.')
param redisName string

@description('The account of the gateway\'s tables.')
param storageName string

@description('The workspace that keeps logs.')
param workspaceName string

@description('The component that runs the ready test.')
param insightsName string

@description('The table of events that the upstream did not accept.')
param deadLetterTable string = 'deadletters'

@description('The email address that receives alerts; empty for none.')
param email string

// Log events of the gateway that report a failed upstream call.
var upstreamFailures = {
  UpstreamRefused: 5002
  UpstreamTimedOut: 5003
  UpstreamFailed: 5004
  KeyVaultSecretNotRead: 5010
  UpstreamNoSecret: 5011
  UpstreamNoIdentity: 5012
}
var redisId = resourceId('Microsoft.Cache/redisEnterprise', redisName)
var actions = empty(email) ? [] : [{ actionGroupId: people.id }]
var actionGroups = empty(email) ? [] : [people.id]

resource gateway 'Microsoft.App/containerApps@2026-07-01' existing = {
  name: gatewayName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: '${gatewayName}-people'
  location: 'global'
  properties: {
    enabled: true
    groupShortName: 'gateway'
    emailReceivers: [{ name: 'email', emailAddress: email, useCommonAlertSchema: true }]
  }
}

// Tested from outside, from three places, so that ingress and names are covered too.
resource readyTest 'Microsoft.Insights/webtests@2022-06-15' = {
  name: '${gatewayName}-ready'
  location: location
  kind: 'standard'
  tags: { 'hidden-link:${insights.id}': 'Resource' }
  properties: {
    SyntheticMonitorId: '${gatewayName}-ready'
    Name: '${gatewayName}-ready'
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'apac-sg-sin-azr' }]
    Request: { RequestUrl: '${gatewayUrl}/health/ready', HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource notReady 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'gateway-not-ready'
  location: 'global'
  properties: {
    description: 'The gateway does not answer /health/ready from two places.'
    severity: 0
    enabled: true
    scopes: [readyTest.id, insights.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: readyTest.id
      componentId: insights.id
      failedLocationCount: 2
    }
    actions: actions
  }
}

resource upstreamFailing 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: 'upstream-failing'
  location: location
  properties: {
    description: 'Calls of functions are refused, fail or time out.'
    severity: 1
    enabled: true
    scopes: [workspace.id]
    skipQueryValidation: true // the table is created with its first row
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      allOf: [
        {
          query: 'ContainerAppConsoleLogs | where ContainerAppName == "${gatewayName}" | where Log matches regex "[[](${join(map(items(upstreamFailures), item => string(item.value)), '|')})[]]$"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 20
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: actionGroups }
  }
}

// Measured by Redis: the number of connected nodes. A Redis that is deleted, unreachable or refusing connections looks the same. Redis may
// sample this metric only every five minutes, so a rule that evaluates more often would find no data.
resource redisAway 'Microsoft.Insights/metricAlerts@2026-01-01' = if (!empty(redisName)) {
  name: 'redis-away'
  location: 'global'
  properties: {
    description: 'No gateway node is connected to Redis.'
    severity: 1
    enabled: true
    scopes: [redisId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'clients'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'connectedclients'
          timeAggregation: 'Maximum'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: actions
  }
}

resource deadLetters 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: 'dead-letters-growing'
  location: location
  properties: {
    description: 'Events that the upstream did not accept are stored as dead letters.'
    severity: 2
    enabled: true
    scopes: [workspace.id]
    skipQueryValidation: true // the table is created with its first row
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'StorageTableLogs | where AccountName == "${storageName}" | where OperationName startswith "Insert" or OperationName == "EntityGroupTransaction" | where Uri contains "${deadLetterTable}"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: actionGroups }
  }
}

// Connections use up memory. A node gets no more sockets than it has room for, and existing connections do not move to new nodes.
resource connectionsNearLimit 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'connections-near-limit'
  location: 'global'
  properties: {
    description: 'The nodes\' memory, and with it the room for connections, is 85 percent used.'
    severity: 2
    enabled: true
    scopes: [gateway.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'memory'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'WorkingSetBytes'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: memoryBytesPerReplica / 100 * 85
        }
      ]
    }
    actions: actions
  }
}
