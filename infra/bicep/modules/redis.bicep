// Azure Managed Redis, which connects the gateway's nodes. It has no access keys; the gateway authenticates with its identity.
@description('The cluster\'s name.')
param name string

@description('The region.')
param location string

@description('True when only private endpoints can reach it.')
param privateNetworking bool

@description('The cluster\'s size.')
param sku string

@description('True for a second node.')
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

// Clients see one endpoint, whatever the size. No key may be evicted: the database contains the ledger of live connections.
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

// The name may contain only letters and digits, so a GUID needs conversion.
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
