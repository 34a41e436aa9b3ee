// The parameters to change. Secrets and values created by the deployment come from the environment; deploy.sh sets them.
using 'main.bicep'

param name = 'serverless'
// Without a default: an empty image would be refused only after all other resources are created.
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
