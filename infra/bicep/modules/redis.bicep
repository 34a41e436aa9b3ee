// Azure Managed Redis, which joins the gateway's nodes. There are no access keys; the gateway comes with its identity.
param name string
param location string
param privateNetworking bool
param sku string
param highAvailability bool
param gatewayPrincipalId string

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

resource gateway 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: guid(database.id, gatewayPrincipalId, 'default')
  properties: {
    accessPolicyName: 'default'
    user: { objectId: gatewayPrincipalId }
  }
}

output name string = redis.name
output host string = redis.properties.hostName
