// Everything a gateway and its function app need, in one resource group. docs/deploy.md goes through it.
targetScope = 'resourceGroup'

@description('Begins the names of all resources.')
@minLength(2)
@maxLength(10)
param name string = 'serverless'

param location string = resourceGroup().location

@description('The gateway\'s image, with its registry and tag.')
param gatewayImage string

@description('Access keys of at least 32 bytes. Only the first deployment needs them: left empty, the vault keeps what it has.')
@secure()
param primaryKey string = ''

@secure()
param secondaryKey string = ''

@description('Whether the upstream asks for a key (authLevel of its function.json, or the key of the SignalR extension).')
param upstreamAsksForKey bool = false

@description('That key. Left empty, the vault keeps what it has.')
@secure()
param upstreamKey string = ''

@description('The upstream\'s path below the function app; the SignalR extension\'s is /runtime/webhooks/signalr.')
param upstreamPath string = '/api/upstream/{hub}/{category}/{event}'

@description('Whether storage, Redis and the vault are reached through a virtual network only.')
param privateNetworking bool = false

@description('Whether there is a Redis to join the nodes. Without it there must be one node only.')
param joinNodes bool = true

@description('Fewest and most gateway nodes.')
@minValue(1)
@maxValue(1000)
param minReplicas int = 2

@minValue(1)
@maxValue(1000)
param maxReplicas int = 10

@description('Cores of a node; its memory is two GiB for each.')
@allowed(['0.25', '0.5', '1', '2', '4'])
param gatewayCores string = '0.5'

@description('How long a node may take to leave.')
@minValue(5)
@maxValue(540)
param drainSeconds int = 60

@description('Most instances of the function app, and their memory.')
@minValue(40)
@maxValue(1000)
param functionInstances int = 40

@allowed([512, 2048, 4096])
param functionMemoryMB int = 512

param redisSku string = 'Balanced_B0'

@description('A second Redis node. Without it Redis is away while it is updated.')
param redisHighAvailability bool = false

@description('Who hears of alerts; empty for nobody.')
param alertEmail string = ''

var suffix = uniqueString(resourceGroup().id)
var gatewayName = '${name}-gateway'

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: {
    name: name
    location: location
  }
}

module observability 'modules/observability.bicep' = {
  name: 'observability'
  params: {
    name: name
    location: location
    publisherPrincipalId: identities.outputs.functionsPrincipalId
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  params: {
    name: name
    location: location
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    location: location
    pullPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: '${name}${suffix}'
    location: location
    privateNetworking: privateNetworking
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    workspaceName: observability.outputs.workspaceName
  }
}

module redis 'modules/redis.bicep' = if (joinNodes) {
  name: 'redis'
  params: {
    name: '${name}-${suffix}'
    location: location
    privateNetworking: privateNetworking
    sku: redisSku
    highAvailability: redisHighAvailability
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module hosting 'modules/environment.bicep' = {
  name: 'environment'
  params: {
    name: '${name}-environment'
    location: location
    subnetId: privateNetworking ? network!.outputs.gatewaySubnetId : ''
    workspaceName: observability.outputs.workspaceName
    insightsName: observability.outputs.insightsName
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: '${name}${suffix}'
    location: location
    privateNetworking: privateNetworking
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    gatewayHost: '${gatewayName}.${hosting.outputs.defaultDomain}'
    primaryKey: primaryKey
    secondaryKey: secondaryKey
    upstreamKey: upstreamKey
  }
}

module endpoints 'modules/endpoints.bicep' = if (privateNetworking) {
  name: 'endpoints'
  params: {
    location: location
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointSubnetId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    redisName: joinNodes ? redis!.outputs.name : ''
  }
}

module functions 'modules/functions.bicep' = {
  name: 'functions'
  params: {
    name: '${name}-functions-${suffix}'
    location: location
    identityName: identities.outputs.functionsName
    storageName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainer
    vaultName: vault.outputs.name
    connectionStringSecret: vault.outputs.connectionStringSecret
    insightsName: observability.outputs.insightsName
    subnetId: privateNetworking ? network!.outputs.functionsSubnetId : ''
    instances: functionInstances
    memoryMB: functionMemoryMB
  }
  dependsOn: [endpoints]
}

module gateway 'modules/gateway.bicep' = {
  name: 'gateway'
  params: {
    name: gatewayName
    location: location
    environmentId: hosting.outputs.id
    image: gatewayImage
    registryServer: registry.outputs.server
    identityName: identities.outputs.gatewayName
    vaultName: vault.outputs.name
    storageName: storage.outputs.name
    redisHost: joinNodes ? redis!.outputs.host : ''
    host: '${gatewayName}.${hosting.outputs.defaultDomain}'
    upstreamUrl: 'https://${functions.outputs.host}${upstreamPath}'
    upstreamAsksForKey: upstreamAsksForKey
    cores: gatewayCores
    minReplicas: joinNodes ? minReplicas : 1
    maxReplicas: joinNodes ? maxReplicas : 1
    drainSeconds: drainSeconds
  }
  dependsOn: [endpoints]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    gatewayName: gateway.outputs.name
    gatewayUrl: gateway.outputs.url
    memoryBytesPerReplica: gateway.outputs.memoryBytesPerReplica
    redisName: joinNodes ? redis!.outputs.name : ''
    storageName: storage.outputs.name
    workspaceName: observability.outputs.workspaceName
    insightsName: observability.outputs.insightsName
    email: alertEmail
  }
}

output gatewayUrl string = gateway.outputs.url
output functionApp string = functions.outputs.name
output pageUrl string = 'https://${functions.outputs.host}/api/'
