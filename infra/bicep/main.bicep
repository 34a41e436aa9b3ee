// The resources of a gateway and its function app, in one resource group. docs/deploy.md explains them.
targetScope = 'resourceGroup'

@description('The prefix of all resource names: 2 to 10 lower-case letters and digits, starting with a letter.')
@minLength(2)
@maxLength(10)
param name string = 'serverless'

@description('The region of all resources.')
param location string = resourceGroup().location

@description('The gateway\'s image, with its registry and tag.')
@minLength(1)
param gatewayImage string

@description('The primary access key, of at least 32 bytes. Only the first deployment needs it: if empty, the vault keeps its key.')
@secure()
param primaryKey string = ''

@description('The secondary access key, of at least 32 bytes. If empty, the vault keeps its key.')
@secure()
param secondaryKey string = ''

@description('True when the upstream requires a key (authLevel of its function.json, or the key of the SignalR extension).')
param upstreamAsksForKey bool = false

@description('The key that the upstream requires. If empty, the vault keeps its key.')
@secure()
param upstreamKey string = ''

@description('The upstream\'s path below the function app; the SignalR extension\'s is /runtime/webhooks/signalr.')
param upstreamPath string = '/api/upstream/{hub}/{category}/{event}'

@description('True to make storage, Redis and the vault reachable only through a virtual network.')
param privateNetworking bool = false

@description('True to connect the nodes through Redis. Without it there is one node.')
param joinNodes bool = true

@description('The least number of gateway nodes.')
@minValue(1)
@maxValue(1000)
param minReplicas int = 2

@description('The largest number of gateway nodes.')
@minValue(1)
@maxValue(1000)
param maxReplicas int = 10

@description('Cores of a node; its memory is two GiB for each.')
@allowed(['0.25', '0.5', '1', '2', '4'])
param gatewayCores string = '0.5'

@description('The most seconds that a node may take to drain.')
@minValue(5)
@maxValue(540)
param drainSeconds int = 60

@description('The largest number of instances of the function app.')
@minValue(40)
@maxValue(1000)
param functionInstances int = 40

@description('Memory of an instance of the function app, in MB.')
@allowed([512, 2048, 4096])
param functionMemoryMB int = 512

@description('The size of Redis.')
param redisSku string = 'Balanced_B0'

@description('True for a second Redis node. Without it Redis is unreachable during updates.')
param redisHighAvailability bool = false

@description('The email address that receives alerts; empty for none.')
param alertEmail string = ''

// Storage accounts, vaults and container apps refuse other names, each with its own error and only after minutes.
var letters = 'abcdefghijklmnopqrstuvwxyz'
var misfits = filter(
  range(0, length(name)),
  i => !contains(i == 0 ? letters : '${letters}0123456789', substring(name, i, 1))
)
var prefix = empty(misfits)
  ? name
  : fail('The parameter name is \'${name}\'. Storage accounts and vaults are named after it: use 2 to 10 lower-case letters and digits, starting with a letter.')

// Names are known when the deployment starts, so that what-if can evaluate every module.
var suffix = uniqueString(resourceGroup().id)
var gatewayName = '${prefix}-gateway'
var functionsIdentityName = '${prefix}-functions'
var workspaceName = '${prefix}-logs'
var insightsName = '${prefix}-insights'
var storageName = '${prefix}${suffix}'
var vaultName = '${prefix}${suffix}'
var redisName = joinNodes ? '${prefix}-${suffix}' : ''

module identities 'modules/identities.bicep' = {
  params: {
    gatewayName: gatewayName
    functionsName: functionsIdentityName
    location: location
  }
}

module observability 'modules/observability.bicep' = {
  params: {
    workspaceName: workspaceName
    insightsName: insightsName
    location: location
    publisherIdentityName: functionsIdentityName
  }
  dependsOn: [identities]
}

module network 'modules/network.bicep' = if (privateNetworking) {
  params: {
    name: '${prefix}-network'
    location: location
  }
}

module registry 'modules/registry.bicep' = {
  params: {
    location: location
    pullIdentityName: gatewayName
  }
  dependsOn: [identities]
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageName
    location: location
    privateNetworking: privateNetworking
    gatewayIdentityName: gatewayName
    functionsIdentityName: functionsIdentityName
    workspaceName: workspaceName
  }
  dependsOn: [identities, observability]
}

module redis 'modules/redis.bicep' = if (joinNodes) {
  params: {
    name: redisName
    location: location
    privateNetworking: privateNetworking
    sku: redisSku
    highAvailability: redisHighAvailability
    gatewayIdentityName: gatewayName
  }
  dependsOn: [identities]
}

module hosting 'modules/environment.bicep' = {
  params: {
    name: '${prefix}-environment'
    location: location
    subnetId: privateNetworking ? network!.outputs.gatewaySubnetId : ''
    workspaceName: workspaceName
    insightsName: insightsName
  }
  dependsOn: [observability]
}

module vault 'modules/vault.bicep' = {
  params: {
    name: vaultName
    location: location
    privateNetworking: privateNetworking
    gatewayIdentityName: gatewayName
    functionsIdentityName: functionsIdentityName
    gatewayHost: '${gatewayName}.${hosting.outputs.defaultDomain}'
    primaryKey: primaryKey
    secondaryKey: secondaryKey
    upstreamKey: upstreamKey
  }
  dependsOn: [identities]
}

module endpoints 'modules/endpoints.bicep' = if (privateNetworking) {
  params: {
    location: location
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointSubnetId
    storageName: storageName
    vaultName: vaultName
    redisName: redisName
  }
  dependsOn: [storage, vault, redis]
}

module functions 'modules/functions.bicep' = {
  params: {
    name: '${prefix}-functions-${suffix}'
    location: location
    identityName: functionsIdentityName
    storageName: storageName
    vaultName: vaultName
    insightsName: insightsName
    subnetId: privateNetworking ? network!.outputs.functionsSubnetId : ''
    instances: functionInstances
    memoryMB: functionMemoryMB
  }
  dependsOn: [storage, vault, endpoints]
}

module gateway 'modules/gateway.bicep' = {
  params: {
    name: gatewayName
    location: location
    environmentId: hosting.outputs.id
    image: gatewayImage
    registryServer: registry.outputs.server
    identityName: gatewayName
    vaultName: vaultName
    storageName: storageName
    joinNodes: joinNodes
    redisHost: joinNodes ? redis!.outputs.host : ''
    host: '${gatewayName}.${hosting.outputs.defaultDomain}'
    upstreamUrl: 'https://${functions.outputs.host}${upstreamPath}'
    upstreamAsksForKey: upstreamAsksForKey
    cores: gatewayCores
    minReplicas: joinNodes ? minReplicas : 1
    maxReplicas: joinNodes ? maxReplicas : 1
    drainSeconds: drainSeconds
  }
  dependsOn: [storage, vault, endpoints]
}

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    gatewayName: gatewayName
    gatewayUrl: gateway.outputs.url
    memoryBytesPerReplica: gateway.outputs.memoryBytesPerReplica
    redisName: redisName
    storageName: storageName
    workspaceName: workspaceName
    insightsName: insightsName
    email: alertEmail
  }
  dependsOn: [observability]
}

@description('The gateway\'s public address.')
output gatewayUrl string = gateway.outputs.url

@description('The name of the function app that receives the package.')
output functionApp string = functions.outputs.name

@description('The address of the chat page.')
output pageUrl string = 'https://${functions.outputs.host}/api/'
