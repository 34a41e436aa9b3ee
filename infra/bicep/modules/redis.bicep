// Azure Managed Redis, which joins the gateway's nodes. There are no access keys; the gateway comes with its identity.
@description('The cluster\'s name.')
param name string

@description('The region.')
param location string

@description('Whether only private endpoints reach it.')
param privateNetworking bool

@description('The cluster\'s size.')
param sku string

@description('Whether there is a second node.')
param highAvailability bool

@description('The identity that may use it.')
param gatewayIdentityName string

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: gatewayIdentityName
}

resource redis 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  sku: { name: sku }
  properties: {
    minimumTlsVersion: '1.2'
    highAvailability: highAvailability ? 'Enabled' : 'Disabled'
    publicNetworkAccess: privateNetworking ? 'Disabled' : 'Enabled'
  }
}

// One endpoint to the client, whatever the size. Nothing may be evicted: the ledger of live connections is in it.
resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: redis
  name: 'default'
  properties: {
    accessKeysAuthentication: 'Disabled'
    clientProtocol: 'Encrypted'
    clusteringPolicy: 'EnterpriseCluster'
    evictionPolicy: 'NoEviction'
    port: 10000
  }
}

// The name takes letters and digits only, so not a GUID as it is.
resource gatewayUses 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: replace(guid(database.id, gateway.id, 'default'), '-', '')
  properties: {
    accessPolicyName: 'default'
    user: { objectId: gateway.properties.principalId }
  }
}

@description('The host name at which Redis is reached.')
output host string = redis.properties.hostName
