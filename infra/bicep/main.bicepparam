// What one changes. What is secret or made by the deployment comes from the environment; deploy.sh sets it.
using 'main.bicep'

param name = 'serverless'
// Without a default: an empty image would be refused only after everything else is there.
param gatewayImage = readEnvironmentVariable('GATEWAY_IMAGE')
param primaryKey = readEnvironmentVariable('GATEWAY_PRIMARY_KEY', '')
param secondaryKey = readEnvironmentVariable('GATEWAY_SECONDARY_KEY', '')
param upstreamKey = readEnvironmentVariable('UPSTREAM_KEY', '')
param upstreamAsksForKey = false
param privateNetworking = false
param joinNodes = true
param minReplicas = 2
param maxReplicas = 10
param gatewayCores = '0.5'
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
